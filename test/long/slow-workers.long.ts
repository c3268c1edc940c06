import { until } from '../stack/until.ts';
import type { PaymentOrder, RefundOrder } from '../e2e/app-client.ts';
import { press } from '../e2e/press.ts';
import { expectRefundTold, expectSoundBooks, reserved, untilNothingIsOpen } from '../e2e/sound-books.ts';
import { TwoWorkers } from '../e2e/two-workers.ts';
import type { World } from '../e2e/world.ts';
import { CLOSE_POINTS, CREATE_POINTS, QUERY_POINTS, REFUND_POINTS, REFUND_QUERY_POINTS, type Point } from './slow-points.ts';

const LONG = { expires_in: 86_400 };
const CASE_MS = 120_000;
let two: TwoWorkers;
let world: World;

beforeAll(async () => {
  two = await TwoWorkers.start();
  world = two.world;
}, 120_000);
beforeEach(() => world.lakala.setFaults({}));
afterEach(() => two.refresh(), 60_000);
afterAll(() => two.stop(), 60_000);

async function newOrder(): Promise<PaymentOrder & { number: string }> {
  const { body } = await world.app.create(world.newOrderId(), LONG);
  return { ...body, number: '' };
}

async function openOrder(): Promise<PaymentOrder & { page: string; number: string }> {
  const order = await world.openOrder(LONG);
  return { ...order, number: (await world.onlyPage(order)).out_order_no };
}

async function paidOrder(): Promise<PaymentOrder> {
  const order = await world.openOrder(LONG);
  await press(order.page, 'pay');
  return world.ended(order, 'succeeded');
}

async function newRefund(payment: PaymentOrder): Promise<RefundOrder & { number: string }> {
  const { body } = await world.app.createRefund(payment.id, { amount: 4_000 });
  return { ...body, number: body.id.replaceAll('-', '') };
}

/** The page that the order shows once somebody has made it payable. */
async function shownPage(order: PaymentOrder): Promise<string> {
  const shown = await world.payment(order.merchant_order_id, 'to have a page', ({ extra_data: data }) => data.payment_url !== undefined);
  return shown.extra_data.payment_url ?? '';
}

async function statesOfAttempts({ id }: PaymentOrder): Promise<string[]> {
  const sql = 'SELECT state FROM gateway_attempts WHERE payment_order_id = $1 ORDER BY begun_at';
  return (await world.books.query<{ state: string }>(sql, [id])).rows.map(({ state }) => state);
}

/** Where most would go wrong. SLEEPING_POINTS=all asks for every point, which takes ten minutes. */
const WORST = [
  'once the attempt is begun, before its call',
  'once the question is begun, before its call',
  'once the send is counted, before its call',
  'with the answer on the way',
  'with the answer in hand',
];
const asksForAll = process.env.SLEEPING_POINTS === 'all';
const cases = (points: Readonly<Record<string, Point>>) => Object.entries(points).filter(([name]) => asksForAll || WORST.includes(name));
function pointOf(points: Readonly<Record<string, Point>>, name: string): Point {
  const point = points[name];
  if (point === undefined) throw new Error(`there is no point "${name}"`);
  return point;
}

describe('asked to make an order payable, a worker falls asleep', () => {
  test.each(cases(CREATE_POINTS))('%s: the order has one page, which is paid', async (_name, { on, at }) => {
    const order = await two.fallAsleep(newOrder, at, on);
    const page = await shownPage(order);
    await two.wake();
    expect(await shownPage(order)).toBe(page);
    expect(await press(page, 'pay')).toBe(303);
    await world.ended(order, 'succeeded');
    await untilNothingIsOpen(world, order);
    await expectSoundBooks(world, order);
  }, CASE_MS);

  test.each(cases(CREATE_POINTS).filter(([name]) => !name.startsWith('while')))('%s: the order is closed meanwhile, and no page is left', async (_name, { on, at }) => {
    const order = await two.fallAsleep(newOrder, at, on);
    await world.app.close(order.merchant_order_id);
    await world.ended(order, 'failed');
    await two.wake();
    await untilNothingIsOpen(world, order);
    await expectSoundBooks(world, order);
  }, CASE_MS);

  const early = ['with nothing begun', 'with its call on the way', 'with the answer in hand'] as const;
  test.each(early.slice(asksForAll ? 0 : -1))('%s, and wakes while the other waits for Lakala: the page is the other\'s', async (name) => {
    const { on, at } = pointOf(CREATE_POINTS, name);
    const order = await two.fallAsleep(newOrder, at, on);
    const begun = () => world.count('gateway_attempts WHERE payment_order_id = $1', [order.id]);
    const before = name === 'with nothing begun' ? 0 : 1;
    await world.lakala.setFaults({ create: { slow: { rate: 1, ms: 4_000, times: 1 } } });
    await until('the other to have begun', 20_000, async () => (await begun()) > before);
    await two.wake();
    expect(await press(await shownPage(order), 'pay')).toBe(303);
    await world.ended(order, 'succeeded');
    expect(await statesOfAttempts(order)).toEqual([...Array.from({ length: before }, () => 'abandoned'), 'payable']);
    await untilNothingIsOpen(world, order);
    await expectSoundBooks(world, order);
  }, CASE_MS);
});

describe('asked to close an order, a worker falls asleep', () => {
  const close = async (order: PaymentOrder) => {
    await world.app.close(order.merchant_order_id);
    return order;
  };

  test.each(cases(CLOSE_POINTS))('%s: the order ends as closed, once', async (_name, { on, at }) => {
    const order = await openOrder();
    await two.fallAsleep(() => close(order), () => at(order), on);
    await world.ended(order, 'failed');
    await two.wake();
    await expectSoundBooks(world, order);
  }, CASE_MS);

  const beforeTheClose = ['with nothing begun', 'once the question is begun, before its call', 'with the close on the way'];
  test.each(beforeTheClose.slice(asksForAll ? 0 : -1))('%s: the payer pays meanwhile, and the payment counts', async (name) => {
    const { on, at } = pointOf(CLOSE_POINTS, name);
    const order = await openOrder();
    await world.lakala.setFaults({ notification: { lost: 1 } });
    const paying = async () => {
      await close(order);
      expect(await press(order.page, 'pay')).toBe(303);
    };
    await two.fallAsleep(paying, () => at(order), on);
    await world.ended(order, 'succeeded');
    await two.wake();
    await expectSoundBooks(world, order);
  }, CASE_MS);
});

describe('asked what became of an order, a worker falls asleep', () => {
  test.each(cases(QUERY_POINTS))('%s: the payer pays meanwhile, and the older answer changes nothing', async (_name, { on, at }) => {
    const order = await openOrder();
    await world.lakala.setFaults({ notification: { lost: 1 } });
    await two.fallAsleep(() => world.clock.advance(8), () => at(order), on);
    expect(await press(order.page, 'pay')).toBe(303);
    await world.clock.advance(600);
    await world.ended(order, 'succeeded');
    await two.wake();
    await expectSoundBooks(world, order);
  }, CASE_MS);
});

describe('asked to refund, a worker falls asleep', () => {
  test.each(cases(REFUND_POINTS))('%s: the refund is paid once', async (_name, { on, at }) => {
    const payment = await paidOrder();
    const refund = await two.fallAsleep(() => newRefund(payment), at, on);
    await world.refund(refund.id, 'succeeded');
    await two.wake();
    await expectRefundTold(world, refund, 'succeeded');
    await expectSoundBooks(world, payment);
  }, CASE_MS);

  test('with a refusal on the way: what is sent again meanwhile keeps its amount', async () => {
    const payment = await paidOrder();
    await world.lakala.setFaults({ refund: { inDoubtCode: { rate: 1, code: '710050', deed: false, times: 1 } } });
    const refund = await two.fallAsleep(() => newRefund(payment), pointOf(REFUND_POINTS, 'with the answer on the way').at, 'lakala');
    await world.lakala.setFaults({ refund: { stateProcessing: { rate: 1, ms: 3_600_000 } } });
    await until('the other to have sent it again', 20_000, async () => (await world.onlyPage(payment)).refunds.length === 1);
    await until('the other to know', 20_000, async () => (await world.count('refund_orders WHERE id = $1 AND gateway_state IS NOT NULL', [refund.id])) === 1);
    await two.wake();
    expect((await world.app.refund(refund.id)).status).toBe('processing');
    expect(await reserved(world, payment.id)).toBe(4_000);

    await world.lakala.settleRefund(refund.number, 'SUCCESS');
    await world.clock.advance(600);
    await world.refund(refund.id, 'succeeded');
    await expectRefundTold(world, refund, 'succeeded');
    await expectSoundBooks(world, payment);
  }, CASE_MS);
});

describe('asked what became of a refund, a worker falls asleep', () => {
  test.each(cases(REFUND_QUERY_POINTS))('%s: the refund is sent again meanwhile, and paid once', async (_name, { on, at }) => {
    const payment = await paidOrder();
    await world.lakala.setFaults({ refund: { droppedBefore: { rate: 1, times: 1 } } });
    const refund = await newRefund(payment);
    const given = () => world.count('refund_orders WHERE id = $1 AND last_error IS NOT NULL', [refund.id]);
    await until('the answer to be given up', 20_000, async () => (await given()) === 1);
    await two.fallAsleep(() => world.clock.advance(31), () => at(refund), on);
    await world.refund(refund.id, 'succeeded');
    await two.wake();
    await expectRefundTold(world, refund, 'succeeded');
    await expectSoundBooks(world, payment);
  }, CASE_MS);
});
