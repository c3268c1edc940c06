import { scratchFolder } from '../../../../test/stack/scratch.ts';
import { startRedis } from '../../../../test/stack/redis.ts';
import {
  commitEvents,
  entriesOf,
  groupOf,
  halfRead,
  join,
  moveClock,
  openStreamWorld,
  pendingAfter,
  pendingOf,
  readNew,
  whenReady,
  type StreamWorld,
} from '../../../../test/fixtures/relay-world.ts';
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
  return new EventRelay({ dataSource, redis, log, metrics, lookEveryMs: 0, ...options });
}

async function ids(): Promise<string[]> {
  return (await entriesOf(world, STREAM)).map(({ id }) => id);
}

describe('after a loss of Redis', () => {
  it('a group that made the stream itself reads everything from its first entry on', async () => {
    await join(world, STREAM, 'shop');
    await relay().runOnce();
    await commitEvents(world, { count: 3 });
    await relay().runOnce();
    expect(await readNew(world, STREAM, 'shop', 'shop_consumer', 10)).toEqual(await ids());
  });

  it('a group stands where it stood, with what it had not acknowledged, and reads on', async () => {
    const read = await halfRead(world, () => relay().runOnce());
    await world.app.flushall();
    await commitEvents(world);

    await relay().runOnce();

    expect(await groupOf(world, STREAM, 'shop')).toMatchObject({ 'last-delivered-id': read[5] });
    expect(await pendingOf(world, STREAM, 'shop')).toEqual(pendingAfter(read));
    expect(await readNew(world, STREAM, 'shop', 'shop_consumer', 10)).toEqual((await ids()).slice(6));
    expect(world.log.of('stream_healed')).toMatchObject([{ stream: STREAM, names: ['shop'], count: 4 }]);
  });

  it('a reader that only waits, as the guide\'s does, goes on by itself', async () => {
    await halfRead(world, () => relay().runOnce());
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
    const read = await halfRead(world, () => relay().runOnce());
    await world.app.flushall();
    await join(world, STREAM, 'shop');

    await relay().runOnce();

    expect(await groupOf(world, STREAM, 'shop')).toMatchObject({ 'last-delivered-id': read[5] });
    expect(await pendingOf(world, STREAM, 'shop')).toEqual(pendingAfter(read));
  });

  it('an old snapshot is set forward: what was acknowledged since is not pending again', async () => {
    await join(world, STREAM, 'shop');
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
    await join(world, STREAM, 'shop');
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

  it('a group on a stream without an entry comes back too', async () => {
    await join(world, STREAM, 'shop');
    await relay().runOnce();
    await world.app.flushall();
    await relay().runOnce();
    await commitEvents(world);
    await relay().runOnce();
    expect(await readNew(world, STREAM, 'shop', 'shop_consumer', 10)).toEqual(await ids());
  });

  it('a group on a stream without an entry comes back though the first entry is there before the loss is seen', async () => {
    await join(world, STREAM, 'shop');
    const running = relay({ lookEveryMs: 60_000 });
    await running.runOnce();
    await world.app.flushall();
    await commitEvents(world);
    await running.runOnce();
    expect(await readNew(world, STREAM, 'shop', 'shop_consumer', 10)).toEqual(await ids());
  });

  it.each([
    ['to the start', '0', 8],
    ['to the end', '$', 0],
  ])('a group that the app itself moved %s comes back there', async (_, place, unread) => {
    await halfRead(world, () => relay().runOnce());
    await world.app.xgroup('SETID', STREAM, 'shop', place);
    await relay().runOnce();
    await world.app.flushall();
    await relay().runOnce();
    expect(await readNew(world, STREAM, 'shop', 'shop_consumer', 20)).toHaveLength(unread);
  });

  it('a group that nobody had seen yet is gone, and its app, which makes it again, is given the last hour', async () => {
    await commitEvents(world, { count: 2 });
    await relay().runOnce();
    await join(world, STREAM, 'new');
    await world.app.flushall();
    await relay().runOnce();
    expect(await groupOf(world, STREAM, 'new')).toBeUndefined();
    await join(world, STREAM, 'new');
    expect(await readNew(world, STREAM, 'new', 'new_consumer', 10)).toEqual(await ids());
  });

  it('a group that an operator destroyed stays away', async () => {
    await halfRead(world, () => relay().runOnce());
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

  it('100 000 unacknowledged entries come back', async () => {
    await join(world, STREAM, 'shop');
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

    while ((await running.runOnce()) > 0);

    expect(await pendingOf(world, STREAM, 'shop')).toHaveLength(100_000);
  }, 60_000);
});
