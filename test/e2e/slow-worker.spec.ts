import { until } from '../stack/until.ts';
import { HeldLine } from './held-line.ts';
import { press } from './press.ts';
import { World } from './world.ts';

const PAST_THE_LEASE_SECONDS = 61;
let world: World;
let line: HeldLine;

beforeAll(async () => {
  line = new HeldLine(() => world.lakala.url);
  const env = { LAKALA_TIMEOUT_SECONDS: '20', LAKALA_BASE_URL: await line.listen() };
  world = await World.start({ replicas: { processor: 2 }, env });
}, 120_000);
afterAll(async () => {
  await world.stop();
  await line.close();
}, 60_000);
// One works, the other waits for its turn.
beforeEach(() => processor(1).stop(), 60_000);
afterEach(async () => {
  for (const index of [0, 1]) if (!processor(index).isRunning) await processor(index).start();
}, 60_000);

function processor(index: number) {
  const replica = world.stack.processors[index];
  if (replica === undefined) throw new Error(`there is no processor ${index}`);
  return replica.service;
}

test('a page that comes to a worker after its lease is over is never handed out, and is closed at Lakala', async () => {
  await world.lakala.setFaults({ create: { slow: { rate: 1, ms: 2_000, times: 1 } } });
  const id = world.newOrderId();
  const { body: order } = await world.app.create(id);
  await until('the create to be under way', 10_000, async () => (await world.atLakala(order)).length === 1);
  processor(0).pause();
  expect((await world.app.payment(id)).status).toBe('pending');

  await world.clock.advance(PAST_THE_LEASE_SECONDS);
  await processor(1).start();
  const open = await world.payment(id, 'to be processing', ({ status }) => status === 'processing');
  const page = open.extra_data.payment_url;
  // The answer to the first create waits at the sleeper's door when it wakes; told to stop, it finishes what it holds.
  await until('the first answer to have left', 10_000, async () => (await world.atLakala(order))[0]?.page === 'answered');
  processor(0).resume();
  await processor(0).stop();

  expect((await world.app.payment(id)).extra_data.payment_url).toBe(page);
  await until('the stray page to be closed', 10_000, async () => (await world.atLakala(order))[0]?.order_status === '7');
  expect(await press(page ?? '', 'pay')).toBe(303);
  await world.ended(open, 'succeeded');
  const pages = await world.atLakala(order);
  expect(pages.map(({ order_status: status, paid_amount: amount }) => [status, amount])).toEqual([['7', 0], ['2', 10_000]]);
  expect(await world.count('events WHERE subject_id = $1', [order.id])).toBe(2);
}, 60_000);

test('a refund whose first worker was paused before its call arrived is paid once, though the call arrives after all', async () => {
  const payment = await world.paidOrder();
  line.hold();
  const { body: refund } = await world.app.createRefund(payment.id, { amount: 2_000 });
  await until('the send to be counted', 10_000, async () => (await world.count('refund_orders WHERE id = $1 AND sends = 1', [refund.id])) === 1);
  processor(0).pause();
  line.serveNewcomers();

  await world.clock.advance(PAST_THE_LEASE_SECONDS);
  await processor(1).start();
  const refunded = await world.refund(refund.id, 'succeeded');
  const before = await world.lakala.calls();
  processor(0).resume();
  line.letGo();
  await until('the late request to arrive', 10_000, async () => (await world.lakala.calls()).refund === before.refund + 1);
  await processor(0).stop();

  const page = await world.onlyPage(payment);
  expect(page.refunds).toEqual([expect.objectContaining({ amount: 2_000, state: 'SUCCESS', trade_no: refunded.gateway_refund_id })]);
  expect(await world.app.refund(refund.id)).toEqual(refunded);
  expect(await world.count('events WHERE subject_id = $1', [refund.id])).toBe(2);
  expect(await world.anomaliesOf(refund)).toEqual([]);
}, 60_000);
