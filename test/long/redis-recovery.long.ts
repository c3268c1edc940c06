import { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { SteadyShop } from '../e2e/steady-shop.ts';
import { World } from '../e2e/world.ts';
import type { Replica } from '../stack/stack.ts';
import { until } from '../stack/until.ts';
import { Hoarder } from './hoarder.ts';
import { commitManyEvents } from './many-events.ts';
import { RecoveryTimes } from './recovery-times.ts';
import { StreamBooks } from './stream-books.ts';

const STREAM = 'payment_results';
const HELD = 100_000;
/** Of each kind of loss. */
const RUNS = Number(process.env.REDIS_RECOVERY_RUNS ?? 3);
/** Longer than the relay ever thinks between two statements. */
const STUCK_MS = 300;
const CUSTOMER_EVERY_MS = 2_000;
const CONSUMERS = ['hoard_consumer', 'hoard_consumer_2'];

let world: World;
let redis: Redis;
let books: StreamBooks;

beforeAll(async () => {
  world = await World.start({ replicas: { processor: 2 } });
  redis = new Redis(world.stack.redis.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  redis.on('error', () => undefined);
  books = new StreamBooks(world, redis);
  const hoarder = new Hoarder(redis, STREAM, 'hoard');
  await hoarder.join();
  await commitManyEvents(world, 'hoard', HELD);
  await until('the events to be on the stream', 120_000, async () => (await redis.xlen(STREAM)) >= HELD);
  expect(await hoarder.take(HELD, CONSUMERS)).toBe(HELD);
  await until('the service to know what is pending', 60_000, async () => (await world.count('stream_groups WHERE pending_count >= 100000')) === 1);
}, 300_000);
afterAll(async () => {
  redis.disconnect();
  await world.stop();
}, 60_000);

const LOSSES: [string, () => Promise<unknown>][] = [
  ['wiped', () => redis.flushall()],
  ['killed, empty', async () => {
    await world.stack.redis.kill('SIGKILL');
    await world.stack.redis.restart();
  }],
];

test('with 100 000 unacknowledged entries everything is there again within ten seconds', async () => {
  const shop = new SteadyShop(() => world.app, 'SALE');
  shop.start(CUSTOMER_EVERY_MS);
  const times = new RecoveryTimes();
  const before = await books.pending(STREAM, 'hoard');
  const first = await books.whole();
  for (let run = 0; run < RUNS; run += 1) {
    for (const [kind, lose] of LOSSES) {
      const whole = await books.whole();
      await lose();
      await redis.ping();
      times.add(kind, await books.recovered(whole, ['hoard']));
      expect(await books.pending(STREAM, 'hoard')).toEqual(before);
    }
  }
  expect(await books.changed(first)).toEqual([]);
  await shop.close();
  times.print('With 100 000 unacknowledged entries');
  console.log(`${shop.sales.length} sales, the slowest request answered after ${shop.slowestMs} ms`);
  expect(times.tooSlow).toEqual([]);
  expect([...shop.broken, ...shop.misses]).toEqual([]);
}, 600_000);

test.each([1, 2])('a processor that is paused while it puts things back is relieved by the other one (%p)', async () => {
  const before = await books.pending(STREAM, 'hoard');
  const whole = await books.whole();
  await redis.flushall();
  await until('the stream to be half there', 60_000, async () => (await redis.xlen(STREAM)) > HELD / 4);
  const paused = await pauseTheRelay();
  try {
    expect(await redis.xlen(STREAM)).toBeLessThan(HELD);
    await books.recovered(whole, ['hoard']);
  } finally {
    paused.service.resume();
  }
  await until('the one that woke to look again', 60_000, async () => (await holderIsStuck()) === false);
  expect(await books.changed(whole)).toEqual([]);
  expect(await books.pending(STREAM, 'hoard')).toEqual(before);
}, 300_000);

/** Pauses the processor whose relay is at work. */
async function pauseTheRelay(): Promise<Replica> {
  for (const replica of world.stack.processors) {
    replica.service.pause();
    await delay(STUCK_MS * 2);
    if (await holderIsStuck()) return replica;
    replica.service.resume();
  }
  throw new Error('nobody was putting anything back');
}

/** Whether whoever holds the relay's lock has been asking nothing for a while. */
async function holderIsStuck(): Promise<boolean> {
  const { rows } = await world.books.query<{ stuck: boolean }>(
    `SELECT coalesce(bool_or(clock_timestamp() - state_change > make_interval(secs => $1)), false) AS stuck, jsonb_agg(to_jsonb(a)) AS j
     FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.locktype = 'advisory' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [STUCK_MS / 1000],
  );
  return rows[0]?.stuck ?? false;
}
