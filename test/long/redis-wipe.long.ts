import { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { World } from '../e2e/world.ts';
import { RecoveryTimes } from './recovery-times.ts';
import { StreamBooks } from './stream-books.ts';
import { Street } from './street.ts';

/** By hand: `REDIS_WIPE_SECONDS=600 npm run test:long -- redis-wipe` wipes Redis every 20 seconds for ten minutes. */
const WIPE_FOR_MS = Number(process.env.REDIS_WIPE_SECONDS ?? 45) * 1000;
const WIPE_EVERY_MS = 20_000;
const STREAM = 'payment_results';

let world: World;
let redis: Redis;
let books: StreamBooks;
let street: Street;
const times = new RecoveryTimes();

beforeAll(async () => {
  world = await World.start({ replicas: { processor: 2 } });
  redis = new Redis(world.stack.redisUrl, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  // It waits for the server to be back.
  redis.on('error', () => undefined);
  books = new StreamBooks(world, redis);
  street = await Street.open(world, world.stack.redisUrl);
}, 300_000);
afterAll(async () => {
  times.print('Redis wiped, killed, put back, its streams deleted, under orders');
  await street.leave();
  redis.disconnect();
  await world.stop();
}, 60_000);

/** Strikes, and measures from the moment that Redis answers again. */
async function lose(kind: string, strike: () => Promise<unknown>, holding: readonly string[]): Promise<void> {
  const whole = await books.whole();
  await strike();
  await redis.ping();
  times.add(kind, await books.recovered(whole, holding));
  expect(await books.changed(whole)).toEqual([]);
}

async function kill(): Promise<void> {
  await world.stack.redis.kill('SIGKILL');
  await world.stack.redis.restart();
}

test('a consumer written from the guide alone misses nothing while Redis is wiped every 20 seconds, and orders are accepted', async () => {
  await street.sells(3);
  await street.hoard(redis, 'hoard');
  const held = await books.pending(STREAM, 'hoard');
  const began = performance.now();
  for (let round = 1; performance.now() - began < WIPE_FOR_MS; round += 1) {
    await (round % 3 === 0 ? lose('killed, empty', kill, ['hoard']) : lose('wiped', () => redis.flushall(), ['hoard']));
    expect(await books.pending(STREAM, 'hoard')).toEqual(held);
    await delay(Math.max(0, Math.min(round * WIPE_EVERY_MS, WIPE_FOR_MS) - (performance.now() - began)));
  }
}, WIPE_FOR_MS + 300_000);

test('put back to an old snapshot, groups and what they hold are as they were just before', async () => {
  await street.hoard(redis, 'before');
  await redis.save();
  await street.sells(3);
  await street.hoard(redis, 'after');
  const held = await Promise.all(['before', 'after'].map((group) => books.pending(STREAM, group)));
  await lose('old snapshot', kill, ['before', 'after']);
  expect(await Promise.all(['before', 'after'].map((group) => books.pending(STREAM, group)))).toEqual(held);
}, 120_000);

test('streams that were deleted are there again, with their groups', async () => {
  await street.sells(1);
  await lose('deleted', () => redis.del(STREAM, 'refund_results', `${STREAM}:${world.stack.appId}`), ['hoard', 'before', 'after']);
}, 120_000);

test('all of it was heard, in order, unchanged, and stands on the streams under its first entry ids', async () => {
  await street.sells(2);
  expect(await street.reckon(books)).toEqual([]);
  console.log(street.told);
  expect(street.troubles.failures).toBeGreaterThan(0);
  expect(times.tooSlow).toEqual([]);
}, 300_000);
