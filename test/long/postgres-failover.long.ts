import pg from 'pg';
import { setTimeout as delay } from 'node:timers/promises';
import { AppClient } from '../e2e/app-client.ts';
import { GuideConsumer } from '../e2e/guide-consumer.ts';
import { MovedClock } from '../e2e/moved-clock.ts';
import { expectPromisesKept, type Witnesses } from '../e2e/promises-kept.ts';
import { SteadyShop, type Miss } from '../e2e/steady-shop.ts';
import { World } from '../e2e/world.ts';
import { urlOfDatabase } from '../stack/databases.ts';
import type { PostgresServer } from '../stack/postgres.ts';
import { startSynchronousStandby, type Standby } from '../stack/postgres-standby.ts';
import { SwitchedAddress } from '../stack/switched-address.ts';
import { until } from '../stack/until.ts';

const CUSTOMER_EVERY_MS = Number(process.env.CUSTOMER_EVERY_MS ?? 150);
/** Load before the failover, and after it. */
const SPAN_MS = Number(process.env.FAILOVER_SECONDS ?? 8) * 1000;
/** How long whoever looks after PostgreSQL takes to see that the primary is gone. */
const DETECTION_MS = 3_000;
/** A dead server's connections are left after 20 s of silence; then come a look every 5 s at the most, and a slow machine. */
const BACK_MS = 45_000;

let world: World;
let address: SwitchedAddress;
let standby: Standby;
let primaryUrl: string;
let shop: SteadyShop;
let witnesses: Witnesses;

beforeEach(async () => {
  const byPostgres = async (url: string): Promise<string> => {
    primaryUrl = url;
    standby = await startSynchronousStandby(urlOfDatabase(url, 'postgres'));
    address = new SwitchedAddress(Number(new URL(url).port));
    await address.listen();
    return address.through(url);
  };
  world = await World.start({ postgres: {}, replicas: { api: 2, processor: 2 }, by: { postgres: byPostgres } });
  const { stack } = world;
  const { redisUrl, appId } = stack;
  // The world's own connections lead to the primary: one that dies under them is not the test's failure.
  world.books.on('error', () => undefined);
  const clients = stack.apis.map(({ url }) => new AppClient(url, appId, stack.apiKey));
  let turn = 0;
  shop = new SteadyShop(() => clients[(turn += 1) % clients.length] ?? world.app, 'SALE');
  const [payments, refunds] = ['payment_results', 'refund_results'].map((stream) => new GuideConsumer(redisUrl, stream, appId));
  if (payments === undefined || refunds === undefined) throw new Error('no consumers');
  await Promise.all([payments.start(), refunds.start()]);
  const books = new pg.Pool({ connectionString: urlOfDatabase(standby.server.url, 'loomi_pay'), max: 2 });
  witnesses = { app: world.app, lakala: world.lakala, redisUrl, payments, refunds, books };
}, 180_000);
afterEach(async () => {
  await shop.close();
  await Promise.all([witnesses.payments.stop(), witnesses.refunds.stop(), witnesses.books.end()]);
  await Promise.all([...world.stack.apis, ...world.stack.processors].map(({ service }) => service.stop()));
  await world.stop();
  await address.close();
  await standby.server.stop();
}, 120_000);

function pidsOf({ stack }: World): number[] {
  return [...stack.apis, ...stack.processors].map(({ service }) => service.pid);
}

function primary(): PostgresServer {
  const { postgres } = world.stack;
  if (postgres === undefined) throw new Error('the world has no server of its own');
  return postgres;
}

async function sessionsOn(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ count: number }>("SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name LIKE 'loomi-%'");
  await client.end();
  return rows[0]?.count ?? 0;
}

/** Waits until every replica is well and orders are accepted, and gives how long that took. */
async function backAgain(switchedAt: number): Promise<number> {
  const before = shop.acceptedAt.length;
  const isReady = async ({ url }: { url: string }): Promise<boolean> => (await fetch(`${url}/health/ready`)).ok;
  await until('every replica to be ready and orders to be accepted', BACK_MS, async () => {
    const ready = await Promise.all([...world.stack.apis, ...world.stack.processors].map(isReady));
    return ready.every(Boolean) && shop.acceptedAt.length > before;
  });
  return performance.now() - switchedAt;
}

/** Sells for a while longer, lets every sale end, and compares what was told. */
async function endAll(): Promise<void> {
  await delay(SPAN_MS);
  // What the dead connections held is taken over when its leases end, and pages that nobody has are closed later still.
  await new MovedClock(witnesses.books).hurry(20);
  await shop.close();
  await expectPromisesKept(shop, witnesses);
}

/**
 * What failed did so in the way that the contract promises: 503 with Retry-After, so that asking again is safe. While the
 * server is silent, a client may lose its patience before we do.
 */
function expectOnlyOutages(isSilent: boolean): void {
  const expected = ({ status, retryAfter }: Miss): boolean => (status === 503 && Number(retryAfter) > 0) || (isSilent && status === null);
  expect(shop.misses.filter((miss) => !expected(miss))).toEqual([]);
}

test('a primary killed under load: its standby has everything that was promised, and no process of ours is started again', async () => {
  const pids = pidsOf(world);
  shop.start(CUSTOMER_EVERY_MS);
  await delay(SPAN_MS);
  await primary().kill('SIGKILL');
  await delay(DETECTION_MS);
  // The address changes before the promotion is through: for a moment it leads to a server that only reads.
  address.leadTo(standby.server.port);
  await delay(1_000);
  await standby.promote();
  const backMs = await backAgain(performance.now());
  await endAll();
  expectOnlyOutages(false);
  expect(shop.misses.length).toBeGreaterThan(0);
  expect(pidsOf(world)).toEqual(pids);
  console.log(`killed: back after ${Math.round(backMs)} ms, ${shop.sales.length} sales, ${shop.misses.length} requests asked again`);
}, 400_000);

test('a primary gone without a word under load: its connections are left in time, and nobody writes to it again', async () => {
  const pids = pidsOf(world);
  shop.start(CUSTOMER_EVERY_MS);
  await delay(SPAN_MS);
  address.die();
  await delay(DETECTION_MS);
  expect(address.stranded).toBeGreaterThan(0);
  await standby.promote();
  address.leadTo(standby.server.port);
  const switchedAt = performance.now();
  // Cut off and alive: whoever still wrote to it would be seen in its books.
  await until('the old primary to be left alone', 10_000, async () => (await sessionsOn(primaryUrl)) === 0);
  const backMs = await backAgain(switchedAt);
  await until('no connection to be left with the old primary', BACK_MS, () => address.stranded === 0);
  await endAll();
  expectOnlyOutages(true);
  expect(await sessionsOn(primaryUrl)).toBe(0);
  expect(await sessionsOn(standby.server.url)).toBeGreaterThan(0);
  expect(pidsOf(world)).toEqual(pids);
  console.log(`silent: back after ${Math.round(backMs)} ms, ${shop.sales.length} sales, ${shop.misses.length} requests asked again`);
}, 400_000);
