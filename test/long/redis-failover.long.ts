import { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { redisPlace } from '#platform/redis/redis-url.js';
import { World } from '../e2e/world.ts';
import type { RedisServer } from '../stack/redis.ts';
import { SentinelGroup } from '../stack/sentinel.ts';
import { until } from '../stack/until.ts';
import { RecoveryTimes } from './recovery-times.ts';
import { StreamBooks } from './stream-books.ts';
import { Street } from './street.ts';

const STREAM = 'payment_results';
/** How long the Sentinels' word for the new primary is older than the old one's last write, at most. */
const SPLIT_MS = 2_000;

let world: World;
let group: SentinelGroup;
let street: Street;
const times = new RecoveryTimes();

beforeAll(async () => {
  group = await SentinelGroup.start();
  world = await World.start({ replicas: { processor: 2 }, by: { redis: async () => group.url } });
  street = await Street.open(world, redisPlace(group.url).options);
}, 300_000);
afterAll(async () => {
  times.print('A lagging replica promoted, under orders');
  await street.leave();
  await world.stop();
  await group.stop();
}, 60_000);

/** By a connection to this server, whatever the Sentinels say. */
async function at<T>(server: RedisServer, work: (redis: Redis, books: StreamBooks) => Promise<T>): Promise<T> {
  const redis = new Redis(server.url, { maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  try {
    return await work(redis, new StreamBooks(world, redis));
  } finally {
    redis.disconnect();
  }
}

/**
 * The replica gets nothing any more while the shop sells and a group is made and takes entries; then it becomes the primary
 * by `promote`. Nothing may be missing there, and the new group must be there with what it holds.
 */
async function promoteLagging(kind: string, hoard: string, promote: (old: RedisServer) => Promise<void>): Promise<RedisServer> {
  await group.inStep();
  const old = await group.primary();
  await group.cutReplica(old);
  await street.sells(2);
  const held = await at(old, async (redis, books) => {
    await street.hoard(redis, hoard);
    return books.pending(STREAM, hoard);
  });
  const replica = group.other(old);
  const lengths = await Promise.all([old, replica].map((server) => at(server, (redis) => redis.xlen(STREAM))));
  expect(lengths[1]).toBeLessThan(lengths[0] ?? 0);
  await promote(old);
  await at(replica, async (_, books) => {
    const whole = await books.whole();
    times.add(kind, await books.recovered(whole, [hoard]));
    expect(await books.changed(whole)).toEqual([]);
    expect(await books.pending(STREAM, hoard)).toEqual(held);
  });
  return old;
}

test('a lagging replica is promoted while the old primary still takes writes', async () => {
  const old = await promoteLagging('promoted, old primary alive', 'alive', () => group.failOver());
  // Nobody had to be thrown out there: the service left when the Sentinels named the new one.
  expect(await at(old, (redis) => redis.info('replication'))).toContain('role:master');
  await group.letReplicaIn(old);
  await street.sells(1);
}, 240_000);

test('the old primary is paused, and wakes when another has taken its place', async () => {
  const old = await promoteLagging('promoted, old primary paused', 'paused', async (primary) => {
    primary.service.pause();
    await group.promoted(primary);
  });
  await street.sells(1);
  old.service.resume();
  await group.letReplicaIn(old);
  await delay(SPLIT_MS);
  await street.sells(1);
}, 240_000);

test('the old primary is killed, and comes back empty', async () => {
  const old = await promoteLagging('promoted, old primary dead', 'dead', async (primary) => {
    await primary.kill('SIGKILL');
    await group.promoted(primary);
  });
  await old.restart();
  await street.sells(1);
}, 240_000);

test('all of it was heard, in order, unchanged, and stands on the streams under its first entry ids', async () => {
  await group.inStep();
  await street.sells(1);
  const primary = await group.primary();
  expect(await at(primary, (_, books) => street.reckon(books))).toEqual([]);
  console.log(street.told);
  expect(times.tooSlow).toEqual([]);
  await until('both servers to say the same', 60_000, async () => {
    const [one, other] = await Promise.all([primary, group.other(primary)].map((server) => at(server, (_, books) => books.onStream(STREAM))));
    return one?.join() === other?.join();
  });
}, 300_000);
