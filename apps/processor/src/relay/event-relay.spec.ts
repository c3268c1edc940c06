import { commitEvents, entriesOf, moveClock, openStreamWorld, whenReady, type StreamWorld } from '../../../../test/fixtures/relay-world.ts';
import { numberEvents } from '#domain/streams/event-numbering.js';
import type { Redis } from 'ioredis';
import { EventRelay, type EventRelayOptions } from './event-relay.js';

const STREAM = 'payment_results';
let world: StreamWorld;

beforeAll(async () => {
  world = await openStreamWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.app.flushall();
  await world.owner.query('TRUNCATE events, stream_tops, stream_groups, apps CASCADE');
  await world.owner.query('UPDATE event_log_head SET entry_ms = 0, entry_seq = 0');
  await moveClock(world, '0');
  world.log.events.length = 0;
});

function relay(options: Partial<EventRelayOptions> = {}): EventRelay {
  const { dataSource, redis, log, metrics } = world;
  return new EventRelay({ dataSource, redis, log, metrics, lookEveryMs: 0, ...options });
}

/** Event ids as PostgreSQL numbers them, with their entry ids. */
async function books(kind = 'payment'): Promise<string[]> {
  const rows = await world.owner.query<{ line: string }[]>(
    `SELECT entry_ms || '-' || entry_seq || ' ' || id AS line FROM events WHERE kind = $1 ORDER BY entry_ms, entry_seq`,
    [kind],
  );
  return rows.map(({ line }) => line);
}

async function onStream(stream = STREAM): Promise<string[]> {
  return (await entriesOf(world, stream)).map(({ id, fields }) => `${id} ${fields.event_id}`);
}

describe('EventRelay', () => {
  it('copies every committed event, field by field, under the entry id of the books', async () => {
    const subjectId = await commitEvents(world, { count: 3 });
    await commitEvents(world, { kind: 'refund' });

    expect(await relay().runOnce()).toBe(8);

    expect(await onStream()).toEqual(await books());
    expect(await onStream('refund_results')).toEqual(await books('refund'));
    const [first] = await entriesOf(world, STREAM);
    expect(first?.fields).toMatchObject({ app_id: 'shop', payment_order_id: subjectId, seq: '1', gateway_transaction_id: '' });
    expect(first?.fields).not.toHaveProperty('payment_url');
  });

  it('keeps the order of an order, however many there are', async () => {
    const orders = await Promise.all(Array.from({ length: 40 }, () => commitEvents(world, { count: 30 })));
    const busy = relay();
    await Promise.all([busy.runOnce(), ...orders.map((subjectId) => commitEvents(world, { subjectId, from: 31 }))]);
    await busy.runOnce();

    const entries = await entriesOf(world, STREAM);
    for (const order of orders) {
      const seqs = entries.filter(({ fields }) => fields.payment_order_id === order).map(({ fields }) => Number(fields.seq));
      expect(seqs).toEqual(Array.from({ length: 31 }, (_, place) => place + 1));
    }
  });

  it.each([
    ['wiped', () => world.app.flushall()],
    ['deleted', () => world.app.del(STREAM)],
  ])('completes a stream that was %s, with the same entry ids', async (_, harm) => {
    const subjectId = await commitEvents(world, { count: 5 });
    await relay().runOnce();
    const before = await onStream();
    await harm();
    await commitEvents(world, { subjectId, from: 6 });

    await relay().runOnce();

    expect((await onStream()).slice(0, 5)).toEqual(before);
    expect(await onStream()).toEqual(await books());
  });

  it('completes a stream that was put back to an old snapshot', async () => {
    await commitEvents(world, { count: 3 });
    await relay().runOnce();
    const old = await world.app.dumpBuffer(STREAM);
    await commitEvents(world, { count: 3 });
    await relay().runOnce();
    await world.app.restore(STREAM, 0, old, 'REPLACE');

    await relay().runOnce();

    expect(await onStream()).toEqual(await books());
    expect(await onStream()).toHaveLength(6);
  });

  it('gives an emptied stream the last hour, and what was never on it, however old', async () => {
    await moveClock(world, '-3 hours');
    await commitEvents(world, { count: 2 });
    await relay().runOnce();
    await moveClock(world, '-2 hours');
    await world.app.flushall();
    await commitEvents(world, { count: 1 });
    await world.dataSource.transaction(numberEvents);
    await moveClock(world, '0');

    await relay().runOnce();

    expect(await onStream()).toEqual((await books()).slice(2));
    expect(await onStream()).toHaveLength(1);
  });

  it('gives an emptied stream the last hour though all of it had been there', async () => {
    for (const age of ['-2 hours', '-50 minutes', '0']) {
      await moveClock(world, age);
      await commitEvents(world);
      await relay().runOnce();
    }
    await world.app.flushall();

    await relay().runOnce();

    expect(await onStream()).toEqual((await books()).slice(1));
  });

  it('begins a new stream with the oldest event that may stand on it', async () => {
    for (const age of ['-8 days', '-6 days']) {
      await moveClock(world, age);
      await commitEvents(world);
      await world.dataSource.transaction(numberEvents);
    }
    await moveClock(world, '0');

    await relay().runOnce();

    expect(await onStream()).toEqual((await books()).slice(1));
  });

  it('two relays at once append every event once', async () => {
    const relays = [relay(), relay(), relay()];
    for (let round = 0; round < 5; round += 1) {
      await commitEvents(world, { count: 20 });
      await Promise.all(relays.map((one) => one.runOnce()));
    }
    expect(await onStream()).toEqual(await books());
    expect(await onStream()).toHaveLength(100);
  });

  it('leaves the streams to another relay that is at it', async () => {
    await commitEvents(world);
    await world.owner.transaction(async (em) => {
      await em.query(`SELECT pg_advisory_xact_lock(hashtext('loomi event relay'))`);
      await relay().runOnce();
      expect(await onStream()).toEqual([]);
    });
    await relay().runOnce();
    expect(await onStream()).toEqual(await books());
  });

  it('a relay that was paused in the middle appends nothing when it wakes', async () => {
    await commitEvents(world, { count: 2 });
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let reached = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (reached = resolve));
    const slow = new Proxy(world.redis, {
      get(target, name) {
        if (name !== 'eval') return Reflect.get(target, name) as unknown;
        return async (...args: Parameters<Redis['eval']>) => {
          reached();
          await held;
          return target.eval(...args);
        };
      },
    });
    const paused = relay({ redis: slow }).runOnce();
    paused.catch(() => undefined);
    await waiting;
    await world.owner.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    await relay().runOnce();
    await commitEvents(world);
    await relay().runOnce();
    release();

    await expect(paused).rejects.toThrow();
    expect(await onStream()).toEqual(await books());
    expect(await onStream()).toHaveLength(3);
  });

  it('appends what a relay that died had only numbered', async () => {
    await commitEvents(world, { count: 2 });
    await world.dataSource.transaction(numberEvents);
    const numbered = await books();

    await relay().runOnce();

    expect(await onStream()).toEqual(numbered);
  });

  it('goes on where a relay died between appending and saying so', async () => {
    await commitEvents(world, { count: 2 });
    await relay().runOnce();
    const before = await world.owner.query<object[]>('SELECT * FROM stream_tops');
    await commitEvents(world, { count: 2 });
    await relay().runOnce();
    await world.owner.query(
      'UPDATE stream_tops t SET top_ms = o.top_ms, top_seq = o.top_seq FROM jsonb_populate_recordset(NULL::stream_tops, $1) o WHERE o.stream = t.stream',
      [JSON.stringify(before)],
    );
    await commitEvents(world);

    await relay().runOnce();

    expect(await onStream()).toEqual(await books());
    expect(await onStream()).toHaveLength(5);
    expect(world.log.of('stream_lost')).toEqual([]);
  });

  it('while Redis is away it numbers, and appends when Redis is back', async () => {
    await world.redisServer.stop();
    const patient = relay();
    await commitEvents(world, { count: 2 });
    expect(await patient.runOnce()).toBe(2);
    expect(await books()).toHaveLength(2);
    expect((await world.metrics.exposition()).text).toMatch(/loomi_relay_lag_seconds 0\.\d*[1-9]/);
    await world.redisServer.restart();
    await world.app.ping();
    await whenReady(world.redis);

    await patient.runOnce();

    expect(await onStream()).toEqual(await books());
    expect(world.log.of('stream_writable_again')).toHaveLength(1);
  });

  it('an app that asks for it has streams of its own, with the address of the page', async () => {
    for (const age of ['-2 hours', '-50 minutes']) {
      await moveClock(world, age);
      await commitEvents(world, { appId: 'shop' });
      await relay().runOnce();
    }
    await moveClock(world, '0');
    await world.owner.query(`INSERT INTO apps (app_id, own_streams) VALUES ('shop', true), ('other', false)`);
    const subjectId = await commitEvents(world, { appId: 'shop' });
    await commitEvents(world, { appId: 'other' });
    await commitEvents(world, { appId: 'shop', kind: 'refund' });

    await relay().runOnce();

    const own = await entriesOf(world, 'payment_results:shop');
    expect(own).toHaveLength(2);
    expect(own[1]?.fields).toMatchObject({ payment_url: `https://pay.example/${subjectId}`, payment_order_id: subjectId });
    expect((await entriesOf(world, STREAM)).find(({ id }) => id === own[1]?.id)?.fields.event_id).toBe(own[1]?.fields.event_id);
    expect(await entriesOf(world, 'refund_results:shop')).toHaveLength(1);
    expect(await world.app.exists('payment_results:other')).toBe(0);
  });

  it('removes entries by their age, not by their number', async () => {
    await moveClock(world, '-2 hours');
    await commitEvents(world, { count: 150 });
    await relay().runOnce();
    await moveClock(world, '0');
    await commitEvents(world, { count: 150 });
    await relay().runOnce();
    expect(await onStream()).toHaveLength(300);

    await relay({ retentionSeconds: 3600 }).runOnce();

    const left = (await onStream()).length;
    expect(left).toBeGreaterThanOrEqual(150);
    expect(left).toBeLessThan(300);
    expect((await onStream()).at(-1)).toBe((await books()).at(-1));
  });

  it('one stream that cannot be written to holds up no other', async () => {
    await world.app.set(STREAM, 'no stream');
    await commitEvents(world);
    await commitEvents(world, { kind: 'refund' });

    await relay().runOnce();

    expect(await onStream('refund_results')).toEqual(await books('refund'));
    expect(world.log.of('stream_unwritable')).toMatchObject([{ stream: STREAM }]);
  });
});
