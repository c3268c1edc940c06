import { setTimeout as delay } from 'node:timers/promises';
import { Gate } from '../chaos/gate.ts';
import { Line } from '../chaos/line.ts';
import { AppClient } from '../e2e/app-client.ts';
import { GuideConsumer } from '../e2e/guide-consumer.ts';
import { expectPromisesKept } from '../e2e/promises-kept.ts';
import { SteadyShop } from '../e2e/steady-shop.ts';
import { World } from '../e2e/world.ts';
import { previousRelease } from '../stack/previous-release.ts';
import { ROOT } from '../stack/project.ts';
import type { Replica } from '../stack/stack.ts';
import { addressOf } from '../stack/programs.ts';

const CUSTOMER_EVERY_MS = Number(process.env.CUSTOMER_EVERY_MS ?? 150);
/** Between two replacements, so that each mixture of builds has work of its own. */
const SPAN_MS = Number(process.env.DEPLOY_SPAN_SECONDS ?? 2) * 1000;
/** Longer than the load balancer takes to notice that a replica is not ready, as a deployment's has to be. */
const DRAIN_SECONDS = 2;

let world: World;
let gate: Gate;
let forLakala: Line;
let shop: SteadyShop;
let consumers: GuideConsumer[];
/** What each replica runs from its next start on. */
const builds = new Map<string, string>();

beforeAll(async () => {
  const old = previousRelease().folder;
  const nextEnd = () => ({ host: '127.0.0.1', port: Number(new URL(gate.next().url).port) });
  forLakala = new Line(() => [nextEnd()]);
  await forLakala.open();
  // Our own migrations: a deployment migrates before it replaces anything.
  world = await World.start({
    replicas: { api: 2, processor: 2 },
    env: { SHUTDOWN_DRAIN_SECONDS: String(DRAIN_SECONDS) },
    by: { api: async () => addressOf(forLakala.port) },
    buildOf: (program) => builds.get(program) ?? old,
  });
  const { stack } = world;
  const { redisUrl, appId } = stack;
  gate = new Gate(stack.apis.map((replica) => ({ ...replica, name: replica.service.name })));
  gate.start();
  const clients = new Map(stack.apis.map(({ url }) => [url, new AppClient(url, appId, stack.apiKey)]));
  shop = new SteadyShop(() => clients.get(gate.next().url) ?? world.app, 'SALE');
  consumers = ['payment_results', 'refund_results'].map((stream) => new GuideConsumer(redisUrl, stream, appId));
  await Promise.all(consumers.map((consumer) => consumer.start()));
}, 300_000);
afterAll(async () => {
  await shop.close();
  await Promise.all(consumers.map((consumer) => consumer.stop()));
  await gate.stop();
  await world.stop();
  await forLakala.close();
}, 120_000);

/** As Kubernetes rolls a deployment: one replica after the other ends by SIGTERM and comes back with the build. */
async function roll(replicas: readonly Replica[], build: string): Promise<void> {
  for (const { service } of replicas) {
    const { ended } = service;
    process.kill(service.pid, 'SIGTERM');
    expect({ service: service.name, ended: await ended }).toEqual({ service: service.name, ended: 'exit code 0' });
    builds.set(service.name, build);
    await service.start();
    await delay(SPAN_MS);
  }
}

test('the release before and this one, mixed in every way, under load: no request fails, every order ends right, nothing happens twice', async () => {
  const { apis, processors, redisUrl } = world.stack;
  const old = previousRelease().folder;
  shop.start(CUSTOMER_EVERY_MS);
  await delay(SPAN_MS);
  await roll(processors, ROOT);
  await roll(apis, ROOT);
  // And back, as after a release that was none.
  await roll(processors, old);
  await roll(apis, old);
  await shop.close();
  const [payments, refunds] = consumers;
  if (payments === undefined || refunds === undefined) throw new Error('no consumers');
  await expectPromisesKept(shop, { app: world.app, lakala: world.lakala, redisUrl, payments, refunds, books: world.books });
  expect(shop.misses).toEqual([]);
  expect(shop.sales.length).toBeGreaterThan(50);
  const { made, deliveries } = await notificationsOf();
  console.log(`8 replacements, ${shop.sales.length} sales; ${made} notifications took ${deliveries} deliveries`);
}, 600_000);

async function notificationsOf(): Promise<{ made: number; deliveries: number }> {
  const all = (await world.lakala.ledger()).map(({ notifications }) => notifications);
  return {
    made: all.reduce((sum, { made }) => sum + made, 0),
    deliveries: all.reduce((sum, { deliveries }) => sum + deliveries, 0),
  };
}
