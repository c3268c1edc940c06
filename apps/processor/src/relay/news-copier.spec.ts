import type { Redis } from 'ioredis';
import type { EntityManager } from 'typeorm';
import {
  commitEvents, entriesOf, groupOf, halfRead, join, moveClock, openStreamWorld, pendingAfter, pendingOf, readNew, whenReady, type StreamWorld,
} from '../../../../test/fixtures/relay-world.ts';
import { until } from '../../../../test/stack/until.ts';
import { numberEvents } from '#domain/streams/event-numbering.js';
import type { RedisClient } from '#platform/redis/redis.js';
import { EventRelay, type EventRelayOptions } from './event-relay.js';

const STREAM = 'payment_results';
const A_DAY_MS = 86_400_000;
let world: StreamWorld;
let looks = 0;

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

/** A relay that is due to look for the first time, and then tomorrow; in `looks` are the transactions in which it looks. */
function relay(options: Partial<EventRelayOptions> = {}): EventRelay {
  const { redis, log, metrics } = world;
  const dataSource = replacing(world.dataSource, {
    transaction: (work: (em: EntityManager) => Promise<unknown>) => {
      looks += 1;
      return world.dataSource.transaction(work);
    },
  });
  return new EventRelay({ dataSource, redis, log, metrics, lookEveryMs: A_DAY_MS, ...options });
}

/** One that has looked at streams that have an entry each. */
async function settled(options: Partial<EventRelayOptions> = {}): Promise<EventRelay> {
  const one = relay(options);
  await commitEvents(world);
  await commitEvents(world, { kind: 'refund' });
  await one.runOnce();
  looks = 0;
  return one;
}

function replacing<T extends object>(target: T, members: Record<string, (...args: never[]) => unknown>): T {
  return new Proxy(target, {
    get: (of, name) => {
      if (typeof name === 'string' && members[name]) return members[name];
      const found: unknown = Reflect.get(of, name);
      return typeof found === 'function' ? (found as (...args: unknown[]) => unknown).bind(of) : found;
    },
  });
}

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

async function top(): Promise<string | undefined> {
  const [row] = await world.owner.query<{ id: string }[]>(`SELECT top_ms || '-' || top_seq AS id FROM stream_tops WHERE stream = $1`, [STREAM]);
  return row?.id;
}

describe('events that were numbered just now', () => {
  it('go on their streams without a look, field by field, in order, and PostgreSQL knows the new tops', async () => {
    await world.owner.query(`INSERT INTO apps (app_id, own_streams) VALUES ('shop', true)`);
    const busy = await settled();
    const subjectId = await commitEvents(world, { count: 3 });
    await commitEvents(world, { appId: 'other' });
    await commitEvents(world, { kind: 'refund' });

    expect(await busy.runOnce()).toBe(5 + 9);
    await commitEvents(world, { subjectId, from: 4 });
    expect(await busy.runOnce()).toBe(1 + 2);

    expect(looks).toBe(0);
    expect(await onStream()).toEqual(await books());
    expect(await onStream('refund_results')).toEqual(await books('refund'));
    const [, ...shared] = await entriesOf(world, STREAM);
    const [, ...own] = await entriesOf(world, 'payment_results:shop');
    expect(own.map(({ fields }) => fields.seq)).toEqual(['1', '2', '3', '4']);
    expect(own[3]?.fields).toMatchObject({ payment_url: `https://pay.example/${subjectId}`, payment_order_id: subjectId });
    expect(shared[0]?.fields).toMatchObject({ app_id: 'shop', payment_order_id: subjectId, seq: '1', gateway_transaction_id: '' });
    expect(shared[0]?.fields).not.toHaveProperty('payment_url');
    expect(await top()).toBe(shared.at(-1)?.id);
  });

  it('of three relays that are woken at once are each appended once, in order', async () => {
    const relays = await Promise.all([settled(), settled(), settled()]);
    const subjectId = await commitEvents(world);
    for (let round = 0; round < 15; round += 1) {
      await commitEvents(world, { subjectId, from: 2 + round * 4, count: 4 });
      await Promise.all(relays.map((one) => one.runOnce()));
    }
    await Promise.all(relays.map((one) => one.runOnce()));

    expect(await onStream()).toEqual(await books());
    const seqs = (await entriesOf(world, STREAM)).filter(({ fields }) => fields.payment_order_id === subjectId).map(({ fields }) => Number(fields.seq));
    expect(seqs).toEqual(Array.from({ length: 61 }, (_, place) => place + 1));
  });

  it('come after what a relay that died had only numbered', async () => {
    const busy = await settled();
    await commitEvents(world, { count: 2 });
    await numberEvents(world.dataSource.manager);
    await commitEvents(world);

    await busy.runOnce();

    expect(looks).toBe(0);
    expect(await onStream()).toEqual(await books());
    expect(await onStream()).toHaveLength(4);
  });

  it('come after what another relay appended, which needs no look either', async () => {
    const relays = [await settled(), await settled()];
    for (const one of [...relays, ...relays]) {
      await commitEvents(world, { count: 2 });
      await commitEvents(world, { kind: 'refund' });
      expect(await one.runOnce()).toBe(6);
    }

    expect(looks).toBe(0);
    expect(await onStream()).toEqual(await books());
    expect(await onStream('refund_results')).toEqual(await books('refund'));
    expect(await top()).toBe((await onStream()).at(-1)?.split(' ')[0]);
  });

  it('are left to a relay that looks, as long as it does', async () => {
    const busy = await settled();
    const before = await onStream();
    await commitEvents(world);
    await world.owner.transaction(async (em) => {
      await em.query(`SELECT pg_advisory_xact_lock(hashtext('loomi event relay'))`);
      await busy.runOnce();
      expect(await onStream()).toEqual(before);
    });
    await busy.runOnce();
    expect(await onStream()).toEqual(await books());
  });

  it.each([
    ['wiped', () => world.app.flushall()],
    ['deleted', () => world.app.del(STREAM)],
  ])('complete a stream that was %s', async (_, harm) => {
    const busy = await settled();
    const before = await onStream();
    await harm();
    await commitEvents(world);

    await busy.runOnce();

    expect(await onStream()).toEqual(await books());
    expect((await onStream()).slice(0, 1)).toEqual(before);
    expect(world.log.of('stream_lost')[0]).toMatchObject({ stream: STREAM });
  });

  it('complete a stream that was put back to an old snapshot', async () => {
    const busy = await settled();
    const old = await world.app.dumpBuffer(STREAM);
    await commitEvents(world, { count: 2 });
    await busy.runOnce();
    await world.app.restore(STREAM, 0, old, 'REPLACE');
    await commitEvents(world);

    await busy.runOnce();

    expect(await onStream()).toEqual(await books());
    expect(await onStream()).toHaveLength(4);
  });

  it('are not the first entries of a stream that was wiped before it had any: its groups come back', async () => {
    await join(world, STREAM, 'shop');
    const busy = relay();
    await busy.runOnce();
    await world.app.flushall();
    await commitEvents(world);
    await busy.runOnce();
    expect(await groupOf(world, STREAM, 'shop')).toBeDefined();
    expect(await readNew(world, STREAM, 'shop', 'shop_consumer', 10)).toHaveLength(1);
  });

  it('stand above what somebody else wrote', async () => {
    const busy = await settled();
    const stranger = (await world.app.xadd(STREAM, `${Date.now() + 60_000}-5`, 'new_status', 'succeeded')) ?? '';
    const subjectId = await commitEvents(world, { count: 2 });

    await busy.runOnce();

    const [, second, ...raised] = await entriesOf(world, STREAM);
    expect(second?.id).toBe(stranger);
    expect(raised.map(({ fields }) => `${fields.payment_order_id} ${fields.seq}`)).toEqual([`${subjectId} 1`, `${subjectId} 2`]);
    expect(world.log.of('stream_stranger_found')).toMatchObject([{ entry_id: stranger, count: 2 }]);
  });

  it('leave a heal of another relay to that one', async () => {
    const busy = await settled();
    const before = await top();
    await world.owner.query('UPDATE stream_tops SET healing = true WHERE stream = $1', [STREAM]);
    await commitEvents(world);
    await busy.runOnce();
    expect(await top()).toBe(before);

    await commitEvents(world);
    await busy.runOnce();

    expect(await onStream()).toEqual(await books());
    expect(world.log.of('stream_healed')).toHaveLength(1);
  });

  it('follow where PostgreSQL lost in a crash what a relay had said of the tops', async () => {
    const busy = await settled();
    const before = await world.owner.query<object[]>('SELECT * FROM stream_tops');
    await commitEvents(world, { count: 2 });
    await busy.runOnce();
    await world.owner.query(
      'UPDATE stream_tops t SET top_ms = o.top_ms, top_seq = o.top_seq FROM jsonb_populate_recordset(NULL::stream_tops, $1) o WHERE o.stream = t.stream',
      [JSON.stringify(before)],
    );
    for (let turn = 0; turn < 2; turn += 1) {
      await commitEvents(world);
      await busy.runOnce();
    }

    expect(await onStream()).toEqual(await books());
    expect(await top()).toBe((await onStream()).at(-1)?.split(' ')[0]);
    expect(world.log.of('stream_lost')).toEqual([]);
  });

  it('of a relay that was paused before it appended are not appended when it wakes', async () => {
    const pause = pausable();
    const slow = await settled({ redis: pause.redis });
    pause.begin();
    await commitEvents(world);
    const paused = slow.runOnce();
    await pause.reached;
    await commitEvents(world);
    await relay().runOnce();
    await commitEvents(world);
    await relay().runOnce();
    pause.end();
    await paused;

    expect(await onStream()).toEqual(await books());
    expect(await onStream()).toHaveLength(4);
  });

  it('hold up no other stream where one cannot be written to, and follow when it can', async () => {
    const busy = await settled();
    const kept = await world.app.dumpBuffer(STREAM);
    await world.app.set(STREAM, 'no stream');
    await commitEvents(world);
    await commitEvents(world, { kind: 'refund' });
    await busy.runOnce();
    expect(await onStream('refund_results')).toEqual(await books('refund'));
    expect(world.log.of('stream_unwritable')).toMatchObject([{ stream: STREAM }]);

    await world.app.restore(STREAM, 0, kept, 'REPLACE');
    await busy.runOnce();
    expect(await onStream()).toEqual(await books());
    expect(world.log.of('stream_writable_again')).toHaveLength(1);
  });

  it('wait while Redis is away', async () => {
    const patient = await settled();
    await world.redisServer.kill();
    await commitEvents(world, { count: 2 });
    expect(await patient.runOnce()).toBe(2);
    await world.redisServer.restart();
    await world.app.ping();
    await whenReady(world.redis);
    await commitEvents(world);

    await patient.runOnce();

    expect(await onStream()).toEqual(await books());
    expect((await books()).length).toBeGreaterThanOrEqual(3);
  });
});

describe('the look', () => {
  it('is not taken while it is not due, and finds a loss though there is nothing to send when it is', async () => {
    const lookEveryMs = 1000;
    const one = await settled({ lookEveryMs });
    const read = await halfRead(world, async () => {
      one.lookSoon();
      await one.runOnce();
    });
    looks = 0;
    await world.app.flushall();
    expect(await one.runOnce()).toBe(0);
    expect(looks).toBe(0);
    expect(one.dueInMs).toBeLessThanOrEqual(lookEveryMs);

    await until('the next look', lookEveryMs * 2, () => Promise.resolve(one.dueInMs === 0));
    await one.runOnce();

    expect(await onStream()).toEqual(await books());
    expect(await groupOf(world, STREAM, 'shop')).toMatchObject({ 'last-delivered-id': read[5] });
    expect(await pendingOf(world, STREAM, 'shop')).toEqual(pendingAfter(read));
    expect(one.dueInMs).toBeGreaterThan(0);
  });

  it('is taken at once when it is asked for', async () => {
    const one = await settled();
    await world.app.flushall();
    one.lookSoon();
    expect(one.dueInMs).toBe(0);
    await one.runOnce();
    expect(await onStream()).toEqual(await books());
  });

  it('is not waited for where a pass ended before all was done', async () => {
    const one = await settled();
    await world.owner.query(
      `INSERT INTO events (id, kind, subject_id, seq, app_id, fields)
       SELECT id, 'payment', uuidv7(), 1, 'shop', jsonb_build_object('event_id', id) FROM generate_series(1, 10001) n
       CROSS JOIN LATERAL (SELECT uuidv7() AS id WHERE n > 0) ids`,
    );
    await one.runOnce();
    expect(one.dueInMs).toBe(0);
    while (one.dueInMs === 0) await one.runOnce();
    expect(await onStream()).toEqual(await books());
  });

  it('finds an app that asked for streams of its own', async () => {
    const one = await settled({ lookEveryMs: 0 });
    await world.owner.query(`INSERT INTO apps (app_id, own_streams) VALUES ('shop', true)`);
    await one.runOnce();
    expect(await entriesOf(world, 'payment_results:shop')).toHaveLength(1);
  });
});

/** The relay's connection, which stands still before an append from `begin` until `end`. */
function pausable(): { redis: RedisClient; begin: () => void; reached: Promise<void>; end: () => void } {
  let held: Promise<void> | null = null;
  let end = (): void => undefined;
  let reach = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const redis = replacing(world.redis, {
    eval: async (...args: Parameters<Redis['eval']>) => {
      if (held) {
        reach();
        await held;
      }
      return world.redis.eval(...args);
    },
  });
  const begin = (): void => void (held = new Promise((resolve) => (end = resolve)));
  return { redis, begin, reached, end: () => end() };
}
