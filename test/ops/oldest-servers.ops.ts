import { OLDEST_POSTGRES } from '#platform/postgres/open-data-source.js';
import { Redis } from 'ioredis';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GuideConsumer } from '../e2e/guide-consumer.ts';
import { World } from '../e2e/world.ts';
import { runAdmin } from '../stack/admin.ts';
import { urlForRole } from '../stack/databases.ts';
import { debianPostgres } from '../stack/debian-program.ts';
import { ROOT } from '../stack/project.ts';
import { until } from '../stack/until.ts';

const MOVES = ['pending > processing', 'processing > succeeded'];
const HEARD_MS = 20_000;

let world: World;
let redis: Redis;
let payments: GuideConsumer;
let refunds: GuideConsumer;

beforeAll(async () => {
  world = await World.start({ postgres: { build: await debianPostgres(OLDEST_POSTGRES), durable: false } });
  const { redisUrl, appId } = world.stack;
  redis = new Redis(redisUrl);
  payments = new GuideConsumer(redisUrl, 'payment_results', appId);
  refunds = new GuideConsumer(redisUrl, 'refund_results', appId);
  await Promise.all([payments.start(), refunds.start()]);
}, 120_000);
afterAll(async () => {
  await Promise.all([payments.stop(), refunds.stop()]);
  redis.disconnect();
  await world.stop();
}, 60_000);

test('the servers are the oldest that the documents name', async () => {
  const { rows } = await world.books.query<{ version: string }>("SELECT current_setting('server_version') AS version");
  const redisVersion = /redis_version:(\d+\.\d+)/.exec(await redis.info('server'))?.[1];
  const lines = readFileSync(join(ROOT, 'docs', 'operations.md'), 'utf8').split('\n');
  const documented = lines.flatMap((line) => /^\| (?:PostgreSQL|Redis) \| [\d.]+ \|/.exec(line)?.[0] ?? []);
  expect(documented).toEqual([`| PostgreSQL | ${Number.parseInt(rows[0]?.version ?? '', 10)} |`, `| Redis | ${redisVersion} |`]);
});

test('an order is made, paid, given back and told of', async () => {
  const order = await world.paidOrder(10_000);
  const { body: refund } = await world.app.createRefund(order.id, { amount: 4_000 });
  await world.refund(refund.id, 'succeeded');
  await until('both to be heard of', HEARD_MS, () => payments.movesOf(order.id).length === 2 && refunds.movesOf(refund.id).length === 2);
  expect([payments.movesOf(order.id), refunds.movesOf(refund.id)]).toEqual([MOVES, MOVES]);
  expect((await world.onlyPage(order)).refunded_amount).toBe(4_000);
});

test('what Redis loses comes back', async () => {
  const before = await redis.xrange('payment_results', '-', '+');
  const known = "stream_groups WHERE stream = 'payment_results' AND last_delivered_id = $1";
  await until('the group to be known', HEARD_MS, async () => (await world.count(known, [before.at(-1)?.[0]])) === 1);
  await redis.flushall();
  const again = await world.paidOrder(2_000);
  await until('the sale after it to be heard of', HEARD_MS, () => payments.movesOf(again.id).length === 2);
  expect((await redis.xrange('payment_results', '-', '+')).slice(0, before.length)).toEqual(before);
  expect(payments.movesOf(again.id)).toEqual(MOVES);
});

test('the operator is told of an order, of what is stuck, and of the schema', async () => {
  const order = await world.openOrder();
  const as = urlForRole(world.stack.databaseUrl, 'loomi_admin');
  expect(await runAdmin(as, 'why', order.id)).toContain('asked for a payment');
  for (const command of [['stuck', 'list'], ['anomaly', 'list']]) await runAdmin(as, ...command, '--json');
  await runAdmin(world.stack.databaseUrl, 'migrate', '--status');
});
