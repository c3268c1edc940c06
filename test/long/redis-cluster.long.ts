import { SilentLog } from '#platform/logging/log.js';
import { redisPlace } from '#platform/redis/redis-url.js';
import { createRedis, type RedisClient } from '#platform/redis/redis.js';
import { checkRedis } from '../../apps/processor/src/check/place-checks.js';
import { AppClient } from '../e2e/app-client.ts';
import { GuideConsumer } from '../e2e/guide-consumer.ts';
import { SteadyShop } from '../e2e/steady-shop.ts';
import { World } from '../e2e/world.ts';
import { issueKey } from '../stack/admin.ts';
import { urlForRole } from '../stack/databases.ts';
import { RedisCluster, tell } from '../stack/redis-cluster.ts';
import { until } from '../stack/until.ts';
import { RecoveryTimes } from './recovery-times.ts';
import { StreamBooks } from './stream-books.ts';
import { Street } from './street.ts';

const STREAM = 'payment_results';
const OTHER_APP = 'cafe';
const MOVES = ['pending > processing', 'processing > succeeded'];
const KNOWN_MS = 60_000;

let world: World;
let cluster: RedisCluster;
let redis: RedisClient;
let books: StreamBooks;
let street: Street;
let cafe: SteadyShop;
let cafesConsumer: GuideConsumer;
const times = new RecoveryTimes();

beforeAll(async () => {
  cluster = await RedisCluster.start(3, { replicas: 1, deadAfterMs: 3_000 });
  await cluster.follow(cluster.spare, await cluster.masterOf(STREAM));
  world = await World.start({ replicas: { processor: 2 }, by: { redis: async () => cluster.url } });
  redis = createRedis(cluster.url, { name: 'test', role: 'commands', log: new SilentLog() });
  books = new StreamBooks(world, redis);
  const nodes = redisPlace(cluster.url).cluster ?? [];
  street = await Street.open(world, nodes);
  const key = await issueKey(urlForRole(world.stack.databaseUrl, 'loomi_admin'), OTHER_APP);
  cafe = new SteadyShop(() => new AppClient(world.stack.baseUrl, OTHER_APP, key), 'CUP');
  cafesConsumer = new GuideConsumer(nodes, STREAM, OTHER_APP);
  await cafesConsumer.start();
  cafe.start(1_000);
}, 300_000);
afterAll(async () => {
  times.print('A Cluster, under orders');
  await Promise.all([street.leave(), cafe.close(), cafesConsumer.stop()]);
  redis.disconnect();
  await world.stop();
  await cluster.stop();
}, 60_000);

test('the streams lie on several masters, and results come', async () => {
  const masters = await Promise.all([STREAM, 'refund_results', 'payment_tasks'].map((key) => cluster.masterOf(key)));
  expect(new Set(masters).size).toBeGreaterThan(1);
  await street.sells(2);
  const detail = expect.stringMatching(/^\d+\.[\d.]+, a Cluster of 3 masters$/) as string;
  expect(await checkRedis(cluster.url)).toEqual([{ check: 'Redis', outcome: 'ok', detail }]);
}, 60_000);

test('the master of a results stream dies, and its replica takes over', async () => {
  await street.hoard(redis, 'held');
  const held = await books.pending(STREAM, 'held');
  const before = await cluster.masterOf(STREAM);
  await cluster.inStep(cluster.spare);
  await before.kill('SIGKILL');
  await cluster.promoted(STREAM, before);
  const whole = await books.whole();
  times.add('replica promoted', await books.recovered(whole, ['held']));
  expect(await books.changed(whole)).toEqual([]);
  expect(await books.pending(STREAM, 'held')).toEqual(held);
  await street.sells(1);
  await before.restart();
  await cluster.inStep(before);
}, 120_000);

test('the old master takes the stream back while the other lives', async () => {
  const before = await cluster.masterOf(STREAM);
  await cluster.handOver(STREAM, before);
  await street.sells(1);
}, 60_000);

test('a master that was emptied is filled again, with the groups and what they hold', async () => {
  const held = await books.pending(STREAM, 'held');
  const whole = await books.whole();
  await tell(await cluster.masterOf(STREAM), ['FLUSHALL']);
  times.add('emptied', await books.recovered(whole, ['held']));
  expect(await books.pending(STREAM, 'held')).toEqual(held);
}, 60_000);

test('a stream without a master holds up no other', async () => {
  const [dead, other] = await Promise.all([STREAM, 'refund_results'].map((key) => cluster.masterOf(key)));
  expect(dead).not.toBe(other);
  const order = await world.paidOrder();
  for (const server of cluster.servers) {
    await tell(server, ['CONFIG', 'SET', 'cluster-require-full-coverage', 'no']);
    await tell(server, ['CONFIG', 'SET', 'cluster-replica-no-failover', 'yes']);
  }
  const before = await troubles();
  await dead?.kill('SIGKILL');
  // Until it has looked, a relay appends to the stream that has news, and to no other.
  await until('every relay to meet the dead master', KNOWN_MS, async () => (await troubles()).every((count, index) => count > (before[index] ?? 0)));
  const { body: refund } = await world.app.createRefund(order.id, { amount: 1 });
  await until('the refund to be told of', KNOWN_MS, async () => (await refundsTold()).has(refund.id));
  await dead?.restart();
  await street.sells(1);
}, 120_000);

/** How often each processor's relay could not work on a stream. */
async function troubles(): Promise<number[]> {
  return Promise.all(world.stack.processors.map(async ({ managementUrl }) => {
    const metrics = await (await fetch(`${managementUrl}/metrics`)).text();
    return Number(/^loomi_relay_troubles_total (\d+)/m.exec(metrics)?.[1] ?? 0);
  }));
}

async function refundsTold(): Promise<Set<string | undefined>> {
  const entries = await redis.xrange('refund_results', '-', '+');
  return new Set(entries.map(([, flat]) => flat[flat.indexOf('refund_order_id') + 1]));
}

test('all of it was heard by both apps, and everybody paid once, by the ledger of Lakala', async () => {
  await street.sells(1);
  await cafe.close();
  expect(await street.reckon(books)).toEqual([]);
  console.log(street.told);
  for (const { accepted } of cafe.sales) {
    await until('the other app to hear of its sale', KNOWN_MS, () => cafesConsumer.movesOf(accepted.id).length >= MOVES.length);
    expect(cafesConsumer.movesOf(accepted.id)).toEqual(MOVES);
  }
  const sales = street.shop.sales.length + cafe.sales.length;
  const ledger = await world.lakala.ledger();
  expect(cafe.broken).toEqual([]);
  // Beside the shops' sales, the one order of this test's own.
  expect(ledger.flatMap((order) => order.paid_trades)).toHaveLength(sales + 1);
  expect(ledger.flatMap((order) => order.refunds).filter(({ state }) => state === 'SUCCESS')).toHaveLength(sales + 1);
  expect(await world.count('payment_orders')).toBe(sales + 1);
  expect(await world.count('anomalies')).toBe(0);
  expect(times.tooSlow).toEqual([]);
}, 240_000);
