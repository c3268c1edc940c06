import { once } from 'node:events';
import { connect } from 'node:net';
import { until } from '../stack/until.ts';
import { GuideConsumer } from './guide-consumer.ts';
import { OrderLoad } from './order-load.ts';
import { press } from './press.ts';
import { World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await World.start({ env: { SHUTDOWN_DRAIN_SECONDS: '1' } });
}, 120_000);
beforeEach(() => world.lakala.setFaults({}));
afterAll(() => world.stop(), 60_000);

/** Ends the service by SIGTERM and says how it ended. */
async function terminate(which: 'apis' | 'processors'): Promise<string> {
  const service = world.stack[which][0]?.service;
  if (service === undefined) throw new Error(`the stack has no ${which}`);
  const { ended } = service;
  process.kill(service.pid, 'SIGTERM');
  return ended;
}

async function health(url: string): Promise<{ status: number; said: unknown }> {
  const answer = await fetch(`${url}/health`);
  return { status: answer.status, said: ((await answer.json()) as { status: unknown }).status };
}

const leased = () =>
  world.count('(SELECT 1 FROM payment_orders WHERE leased_until > loomi_now() UNION ALL SELECT 1 FROM refund_orders WHERE leased_until > loomi_now()) held');

test('an API told to stop under load turns unready, asks for other connections, answers what it took, and exits 0', async () => {
  const api = world.stack.apis[0];
  const load = new OrderLoad([world.app]);
  const connectionAfter = async (): Promise<string | null> => (await fetch(`${api?.url}/health/live`)).headers.get('connection');
  try {
    await until('the load to run', 10_000, () => load.accepted.length > 40);
    expect(await connectionAfter()).toBe('keep-alive');
    const terminatedAt = performance.now();
    const ended = terminate('apis');
    await until('the API to turn unready', 1_000, async () => (await health(api?.url ?? '')).status === 503);
    const unreadyAt = performance.now();
    expect(await connectionAfter()).toBe('close');
    expect(await ended).toBe('exit code 0');
    await load.stop();
    expect(load.answers.filter(({ begunAt, status }) => begunAt < terminatedAt && status !== 202)).toEqual([]);
    // Unready it went on serving, since a load balancer notices late.
    expect(load.accepted.filter(({ begunAt }) => begunAt > unreadyAt).length).toBeGreaterThan(0);
  } finally {
    await load.stop();
  }
  await api?.service.start();
  for (const { merchantOrderId: id } of load.accepted) expect((await world.app.payment(id)).merchant_order_id).toBe(id);
}, 60_000);

test.each(['apis', 'processors'] as const)('the %s, told to stop, wait for nobody who has connected and said nothing', async (which) => {
  const [replica] = world.stack[which];
  const silent = connect(Number(new URL(replica?.url ?? '').port), '127.0.0.1');
  await once(silent, 'connect');
  const hungUp = once(silent, 'close');
  expect(await terminate(which)).toBe('exit code 0');
  await hungUp;
  await replica?.service.start();
}, 60_000);

test('a processor told to stop finishes what it holds, exits 0, and leaves nothing leased', async () => {
  await world.lakala.setFaults({ create: { slow: { rate: 1, ms: 2_000 } } });
  const { body: order } = await world.app.create(world.newOrderId());
  await until('the create to be under way', 10_000, async () => (await world.atLakala(order)).length === 1);
  expect(await leased()).toBeGreaterThan(0);

  const processor = world.stack.processors[0];
  const ended = terminate('processors');
  await until('the processor to turn unready', 1_000, async () => (await health(processor?.url ?? '')).status === 503);
  expect(await ended).toBe('exit code 0');
  expect(await leased()).toBe(0);
  const now = await world.app.payment(order.merchant_order_id);
  expect(now.status).toBe('processing');
  expect((await world.onlyPage(order)).page).toBe('answered');

  await processor?.service.start();
  await press(now.extra_data.payment_url ?? '', 'pay');
  await world.ended(order, 'succeeded');
}, 60_000);

test('without Redis orders are accepted and paid; when it is back, empty, every end is on the stream', async () => {
  const { apis, redis, redisUrl, appId } = world.stack;
  const url = apis[0]?.url ?? '';
  expect(await health(url)).toEqual({ status: 200, said: 'ok' });
  await redis.kill('SIGKILL');
  await until('the API to notice', 5_000, async () => (await health(url)).said === 'degraded');
  expect((await health(url)).status).toBe(200);

  const order = await world.openOrder();
  await press(order.page, 'pay');
  await world.ended(order, 'succeeded');

  await redis.restart();
  const consumer = new GuideConsumer(redisUrl, 'payment_results', appId);
  await consumer.start();
  const told = () => consumer.movesOf(order.id).length >= 2;
  await until('the ends to be on the stream', 15_000, told).finally(() => consumer.stop());
  expect(consumer.movesOf(order.id)).toEqual(['pending > processing', 'processing > succeeded']);
  await until('the API to be well again', 10_000, async () => (await health(url)).said === 'ok');
}, 60_000);
