import { scratchFolder } from '../../../../test/stack/scratch.ts';
import { startRedis } from '../../../../test/stack/redis.ts';
import {
  commitEvents,
  entriesOf,
  groupOf,
  moveClock,
  openStreamWorld,
  pendingOf,
  readNew,
  whenReady,
  type StreamWorld,
} from '../../../../test/fixtures/relay-world.ts';
import { numberEvents } from '#domain/streams/event-numbering.js';
import { createRedis } from '#platform/redis/redis.js';
import { Redis } from 'ioredis';
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
  return new EventRelay({ dataSource, redis, log, metrics, groupsEveryMs: 0, ...options });
}

async function ids(): Promise<string[]> {
  return (await entriesOf(world, STREAM)).map(({ id }) => id);
}

/** As the guide's client begins. */
async function join(group: string): Promise<void> {
  await world.app.xgroup('CREATE', STREAM, group, '0', 'MKSTREAM');
}

/** A group that read six of eight entries, acknowledged the first two, and holds the rest by two consumers. */
async function halfRead(): Promise<string[]> {
  await join('shop');
  await commitEvents(world, { count: 8 });
  await relay().runOnce();
  const read = [
    ...(await readNew(world, STREAM, 'shop', 'shop_consumer', 4)),
    ...(await readNew(world, STREAM, 'shop', 'second', 2)),
  ];
  await world.app.xack(STREAM, 'shop', ...read.slice(0, 2));
  await relay().runOnce();
  return read;
}

function pendingAfter(read: readonly string[]): string[] {
  return read.slice(2).map((id, place) => `${id} ${place < 2 ? 'shop_consumer' : 'second'}`);
}

describe('after a loss of Redis', () => {
  it('a group that made the stream itself reads everything from its first entry on', async () => {
    await join('shop');
    await relay().runOnce();
    await commitEvents(world, { count: 3 });
    await relay().runOnce();
    expect(await readNew(world, STREAM, 'shop', 'shop_consumer', 10)).toEqual(await ids());
  });

  it('a group stands where it stood, with what it had not acknowledged, and reads on', async () => {
    const read = await halfRead();
    await world.app.flushall();
    await commitEvents(world);

    await relay().runOnce();

    expect(await groupOf(world, STREAM, 'shop')).toMatchObject({ 'last-delivered-id': read[5] });
    expect(await pendingOf(world, STREAM, 'shop')).toEqual(pendingAfter(read));
    expect(await readNew(world, STREAM, 'shop', 'shop_consumer', 10)).toEqual((await ids()).slice(6));
    expect(world.log.of('stream_healed')).toMatchObject([{ stream: STREAM, names: ['shop'], count: 4 }]);
  });

  it('a reader that only waits, as the guide\'s does, goes on by itself', async () => {
    await halfRead();
    const reader = new Redis(world.redisServer.url, { maxRetriesPerRequest: null });
    const seen: string[] = [];
    let reading = true;
    const errors: string[] = [];
    const loop = (async () => {
      while (reading) {
        try {
          const reply = await reader.xreadgroup('GROUP', 'shop', 'shop_consumer', 'COUNT', 1, 'BLOCK', 50, 'STREAMS', STREAM, '>');
          for (const [, entries] of (reply ?? []) as [string, [string, string[]][]][]) {
            for (const [id] of entries) {
              seen.push(id);
              await reader.xack(STREAM, 'shop', id);
            }
          }
        } catch (error) {
          errors.push(String(error));
        }
      }
    })();
    const running = relay();
    const committed: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      await world.app.flushall();
      await commitEvents(world, { count: 4 });
      await running.runOnce();
      committed.push(...(await ids()).slice(-4));
    }
    while (!committed.every((id) => seen.includes(id))) await running.runOnce();
    reading = false;
    await loop;
    reader.disconnect();
    expect(errors.every((text) => text.includes('NOGROUP') || text.includes('UNBLOCKED'))).toBe(true);
  });

  it('a group that the app made anew from the start is put where it was, and loses nothing', async () => {
    const read = await halfRead();
    await world.app.flushall();
    await join('shop');

    await relay().runOnce();

    expect(await groupOf(world, STREAM, 'shop')).toMatchObject({ 'last-delivered-id': read[5] });
    expect(await pendingOf(world, STREAM, 'shop')).toEqual(pendingAfter(read));
  });

  it('an old snapshot is set forward: what was acknowledged since is not pending again', async () => {
    await join('shop');
    await commitEvents(world, { count: 4 });
    await relay().runOnce();
    await readNew(world, STREAM, 'shop', 'shop_consumer', 3);
    await relay().runOnce();
    const old = await world.app.dumpBuffer(STREAM);
    await world.app.xack(STREAM, 'shop', ...(await ids()).slice(0, 2));
    await commitEvents(world, { count: 2 });
    await relay().runOnce();
    await readNew(world, STREAM, 'shop', 'shop_consumer', 2);
    await relay().runOnce();
    await world.app.restore(STREAM, 0, old, 'REPLACE');

    await relay().runOnce();

    const all = await ids();
    expect(all).toHaveLength(6);
    expect(await groupOf(world, STREAM, 'shop')).toMatchObject({ 'last-delivered-id': all[4] });
    expect(await pendingOf(world, STREAM, 'shop')).toEqual([2, 3, 4].map((place) => `${all[place]} shop_consumer`));
  });

  it('what a group holds or never read comes back though it is older than the hour', async () => {
    await moveClock(world, '-3 hours');
    await join('shop');
    await commitEvents(world, { count: 3 });
    await relay().runOnce();
    const [oldest] = await readNew(world, STREAM, 'shop', 'shop_consumer', 2);
    await world.app.xack(STREAM, 'shop', oldest ?? '');
    await relay().runOnce();
    const before = await ids();
    await moveClock(world, '0');
    await world.app.flushall();

    await relay().runOnce();

    expect(await ids()).toEqual(before.slice(1));
    expect(await pendingOf(world, STREAM, 'shop')).toEqual([`${before[1]} shop_consumer`]);
    expect(await readNew(world, STREAM, 'shop', 'shop_consumer', 10)).toEqual([before[2]]);
  });

  it('a relay that dies in the middle of a heal leaves the snapshot whole for the next one', async () => {
    const read = await halfRead();
    for (const failing of ['eval', 'xclaim'] as const) {
      for (const calls of [1, 2, 3, 4]) {
        await world.app.flushall();
        await relay({ redis: dyingAt(failing, calls) }).runOnce();
        await relay().runOnce();
        expect(await groupOf(world, STREAM, 'shop')).toMatchObject({ 'last-delivered-id': read[5] });
        expect(await pendingOf(world, STREAM, 'shop')).toEqual(pendingAfter(read));
        expect(await ids()).toHaveLength(8);
      }
    }
  });

  it('a wipe in the middle of a heal begins it again', async () => {
    const read = await halfRead();
    for (const calls of [1, 2, 3, 4, 5, 6, 7, 8]) {
      await world.app.flushall();
      await relay({ redis: wipingAt(calls) }).runOnce();
      await relay().runOnce();
      expect(await groupOf(world, STREAM, 'shop')).toMatchObject({ 'last-delivered-id': read[5] });
      expect(await pendingOf(world, STREAM, 'shop')).toEqual(pendingAfter(read));
      expect(await ids()).toHaveLength(8);
    }
  });

  it('a group on a stream without an entry comes back too', async () => {
    await join('shop');
    await relay().runOnce();
    await world.app.flushall();
    await relay().runOnce();
    await commitEvents(world);
    await relay().runOnce();
    expect(await readNew(world, STREAM, 'shop', 'shop_consumer', 10)).toEqual(await ids());
  });

  it('a group that an operator destroyed stays away', async () => {
    await halfRead();
    await world.app.xgroup('DESTROY', STREAM, 'shop');
    await relay().runOnce();
    await world.app.flushall();
    await relay().runOnce();
    expect(await groupOf(world, STREAM, 'shop')).toBeUndefined();
  });

  it('a group that a restarted server has forgotten comes back though no entry is missing', async () => {
    const server = await startRedis({ dir: scratchFolder().subfolder('redis') });
    const app = new Redis(server.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
    app.on('error', () => undefined);
    const redis = createRedis(server.url, { name: 'test', role: 'commands', log: world.log });
    await whenReady(redis);
    const here = { ...world, app, redis };
    try {
      await commitEvents(here, { count: 2 });
      await relay({ redis }).runOnce();
      await app.save();
      await app.xgroup('CREATE', STREAM, 'shop', '0');
      await readNew(here, STREAM, 'shop', 'shop_consumer', 1);
      await relay({ redis }).runOnce();
      await server.kill();
      await server.restart();
      await app.ping();
      await whenReady(redis);
      await relay({ redis }).runOnce();
      const [first, second] = await entriesOf(here, STREAM);
      expect(await pendingOf(here, STREAM, 'shop')).toEqual([`${first?.id} shop_consumer`]);
      expect(await readNew(here, STREAM, 'shop', 'shop_consumer', 10)).toEqual([second?.id]);
    } finally {
      for (const client of [app, redis]) client.disconnect();
      await server.stop();
    }
  });

  it('100 000 unacknowledged entries are back in under ten seconds', async () => {
    await join('shop');
    await world.owner.query(
      `INSERT INTO events (id, kind, subject_id, seq, app_id, fields, entry_ms, entry_seq)
       SELECT uuidv7(), 'payment', uuidv7(), 1, 'shop', '{"event_id": "e", "app_id": "shop", "new_status": "succeeded", "amount": "100"}',
         floor(extract(epoch FROM loomi_now()) * 1000) - 1000, n FROM generate_series(1, 100000) n`,
    );
    await world.owner.query('UPDATE event_log_head SET (entry_ms, entry_seq) = (SELECT max(entry_ms), 100000 FROM events)');
    const running = relay();
    while ((await running.runOnce()) > 0);
    expect(await readNew(world, STREAM, 'shop', 'shop_consumer', 100_000)).toHaveLength(100_000);
    await relay().runOnce();
    await world.app.flushall();
    const began = performance.now();

    while ((await running.runOnce()) > 0);

    expect(performance.now() - began).toBeLessThan(10_000);
    expect(await pendingOf(world, STREAM, 'shop')).toHaveLength(100_000);
  }, 60_000);
});

describe('where somebody else wrote to a stream', () => {
  it('what was not on it yet is numbered again above, in the same order, and an alarm is raised', async () => {
    const subjectId = await commitEvents(world, { count: 2 });
    await relay().runOnce();
    await commitEvents(world, { subjectId, from: 3, count: 2 });
    await world.dataSource.transaction(numberEvents);
    const stranger = (await world.app.xadd(STREAM, `${Date.now() + 60_000}-5`, 'new_status', 'succeeded')) ?? '';

    await relay().runOnce();

    const entries = await entriesOf(world, STREAM);
    expect(entries.map(({ fields }) => fields.seq)).toEqual(['1', '2', undefined, '3', '4']);
    expect(world.log.of('stream_stranger_found')).toMatchObject([{ stream: STREAM, entry_id: stranger, count: 2 }]);
    expect((await world.metrics.exposition()).text).toContain('loomi_stream_strangers_total{stream="payment_results"} 1');
    const rows = await world.owner.query<object[]>(`SELECT entry_ms || '-' || entry_seq AS id FROM events ORDER BY entry_ms, entry_seq`);
    expect(rows).toEqual(entries.filter(({ id }) => id !== stranger).map(({ id }) => ({ id })));
    await commitEvents(world, { subjectId, from: 5 });
    await relay().runOnce();
    expect((await entriesOf(world, STREAM)).at(-1)?.fields.seq).toBe('5');
  });

  it('after a wipe, before the relay came, nothing is missing all the same', async () => {
    await halfRead();
    await world.app.flushall();
    await world.app.xadd(STREAM, '*', 'a', 'b');

    await relay().runOnce();

    const seqs = (await entriesOf(world, STREAM)).map(({ fields }) => fields.seq);
    expect(seqs).toEqual([undefined, '1', '2', '3', '4', '5', '6', '7', '8']);
    const unread = await readNew(world, STREAM, 'shop', 'shop_consumer', 20);
    expect(unread.length).toBeGreaterThanOrEqual(6);
  });

  it('an id in the far future stops this stream alone, until it is deleted', async () => {
    await commitEvents(world);
    await relay().runOnce();
    await world.app.xadd(STREAM, '18446744073709551615-1', 'a', 'b');
    await commitEvents(world);
    await commitEvents(world, { kind: 'refund' });
    await relay().runOnce();
    expect(await entriesOf(world, 'refund_results')).toHaveLength(1);
    await world.app.del(STREAM);
    await relay().runOnce();
    expect((await entriesOf(world, STREAM)).map(({ fields }) => fields.seq)).toEqual(['1', '1']);
  });
});

it('two apps that share a consumer group are named, once', async () => {
  await world.owner.query(`INSERT INTO apps (app_id) VALUES ('shop'), ('cafe')`);
  await join('main_app');
  const watching = relay();
  await commitEvents(world, { count: 2 });
  await relay().runOnce();
  for (const consumer of ['shop_consumer', 'cafe_consumer', 'nobody_consumer']) await readNew(world, STREAM, 'main_app', consumer, 1);

  await watching.runOnce();
  await watching.runOnce();

  expect(world.log.of('consumer_group_shared')).toEqual([{ stream: STREAM, consumer_group: 'main_app', names: ['cafe', 'shop'] }]);
  expect((await world.metrics.exposition()).text).toContain(
    'loomi_shared_groups{stream="payment_results",consumer_group="main_app",apps="cafe,shop"} 1',
  );
});

/** The relay's connection, which breaks for good at the nth call of a command. */
function dyingAt(command: 'eval' | 'xclaim', calls: number): Redis {
  let made = 0;
  let dead = false;
  return onCall(async (name) => {
    if (name === command) made += 1;
    dead ||= made >= calls;
    if (dead) throw new Error('the relay died');
  });
}

/** The relay's connection, to a server that is wiped just before the nth call. */
function wipingAt(calls: number): Redis {
  let made = 0;
  return onCall(async () => {
    made += 1;
    if (made === calls) await world.app.flushall();
  });
}

function onCall(before: (name: string) => Promise<void>): Redis {
  return new Proxy(world.redis, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function' || typeof name !== 'string' || !['eval', 'xclaim'].includes(name)) return member;
      return async (...args: unknown[]) => {
        await before(name);
        return (member as (...given: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}
