import { issueKey } from '../stack/admin.ts';
import { urlForRole } from '../stack/databases.ts';
import { until } from '../stack/until.ts';
import { AppClient, type PaymentOrder } from './app-client.ts';
import { press } from './press.ts';
import { expectRefundTold, expectSoundBooks, reserved, untilNothingIsOpen } from './sound-books.ts';
import { TimeMachine } from './time-machine.ts';
import type { World } from './world.ts';

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;
const DAYS_LONG = { expires_in: 6 * DAY };
const SILENT = { rate: 1, deed: false };
let machine: TimeMachine;
let world: World;

beforeAll(async () => {
  machine = await TimeMachine.start({ LAKALA_TIMEOUT_SECONDS: '1' });
  world = machine.world;
}, 120_000);
beforeEach(() => world.lakala.setFaults({}));
afterAll(() => world.stop(), 60_000);

/** How often Lakala was asked about the order's only page. */
async function questions(order: PaymentOrder): Promise<number> {
  return (await world.onlyPage(order)).calls.query ?? 0;
}

test('Lakala is silent for 72 hours: what may have been paid waits, is asked about all the time, and ends rightly', async () => {
  const paid = await world.paidOrder();
  const [unpaid, paidMeanwhile, wanted, unwanted] = [
    await world.openOrder({ expires_in: 2 * HOUR }),
    await world.openOrder({ expires_in: 2 * HOUR }),
    await world.openOrder(DAYS_LONG),
    await world.openOrder(DAYS_LONG),
  ];
  const waiting = [unpaid, paidMeanwhile, wanted, unwanted];
  const silence = (refundArrives: boolean) =>
    world.lakala.setFaults({
      create: { neverAnswered: { rate: 1, deed: true } },
      query: { neverAnswered: SILENT },
      close: { neverAnswered: SILENT },
      refund: { neverAnswered: { rate: 1, deed: refundArrives } },
      refund_query: { neverAnswered: SILENT },
      notification: { lost: 1 },
    });
  const sent = (id: string) => until('the refund to be sent', 10_000, async () => (await world.count('refund_orders WHERE id = $1 AND last_error IS NOT NULL', [id])) === 1);
  await silence(true);
  const { body: arrived } = await world.app.createRefund(paid.id, { amount: 1_000 });
  await sent(arrived.id);
  await silence(false);
  const { body: lost } = await world.app.createRefund(paid.id, { amount: 2_000 });
  await sent(lost.id);
  expect(await press(paidMeanwhile.page, 'pay')).toBe(303);

  // New orders are accepted. Nobody ever got a page of this one, so its expiry ends it (contract: order states, b).
  const { status, body: newcomer } = await world.app.create(world.newOrderId());
  expect(status).toBe(202);
  expect((await world.app.close(unwanted.merchant_order_id)).status).toBe(202);

  for (const seconds of [5 * MINUTE, HOUR, 4 * HOUR, 19 * HOUR, DAY, DAY - 5 * MINUTE]) {
    const before = await Promise.all(waiting.map(questions));
    await machine.pass(seconds);
    await until('each to be asked about', 30_000, async () => (await Promise.all(waiting.map(questions))).every((asked, i) => asked > (before[i] ?? 0)));
    const asked = (await Promise.all(waiting.map(questions))).map((now, i) => now - (before[i] ?? 0));
    expect(Math.max(...asked)).toBeLessThanOrEqual(2);
    for (const order of waiting) expect((await world.app.payment(order.merchant_order_id)).status).toBe('processing');
    for (const refund of [arrived, lost]) expect((await world.app.refund(refund.id)).status).toBe('processing');
    expect(await reserved(world, paid.id)).toBe(3_000);
  }
  expect((await world.ended(newcomer, 'failed')).failure?.code).toBe('expired');

  await world.lakala.setFaults({});
  await machine.pass(15 * MINUTE);
  expect((await world.ended(unpaid, 'failed')).failure?.code).toBe('expired');
  expect((await world.ended(unwanted, 'failed')).failure?.code).toBe('closed');
  await world.ended(paidMeanwhile, 'succeeded');
  for (const refund of [arrived, lost]) {
    await world.refund(refund.id, 'succeeded');
    await expectRefundTold(world, refund, 'succeeded');
  }
  // The page that was open before is as good as ever.
  expect(await press(wanted.page, 'pay')).toBe(303);
  await world.ended(wanted, 'succeeded');
  for (const order of [paid, ...waiting, newcomer]) {
    await untilNothingIsOpen(world, order);
    await expectSoundBooks(world, order);
  }
}, 180_000);

test('a notification that is acknowledged only hours later, signed afresh each time, is applied once; its first signature is refused', async () => {
  const order = await world.openOrder();
  const { out_order_no: outOrderNo } = await world.onlyPage(order);
  const [api, processor] = [world.stack.apis[0]?.service, world.stack.processors[0]?.service];
  await Promise.all([api?.stop(), processor?.stop()]);
  await world.lakala.act(outOrderNo, 'pay');
  const paidAtSeconds = machine.nowSeconds;
  for (const seconds of [10, 10, 10, 20, 4 * MINUTE, 11 * MINUTE, 21 * MINUTE, 31 * MINUTE]) {
    const { deliveries } = (await world.lakala.order(outOrderNo)).notifications;
    await machine.pass(seconds);
    await until('the next try', 10_000, async () => (await world.lakala.order(outOrderNo)).notifications.deliveries > deliveries);
  }
  await api?.start();
  await machine.pass(HOUR + MINUTE);
  const kept = () => world.count('notifications WHERE out_order_no = $1', [outOrderNo]);
  await until('the message to be kept', 10_000, async () => (await kept()) === 1);
  const old = await world.lakala.notify(outOrderNo, { timestamp: paidAtSeconds });
  expect(old.received).toMatchObject({ status: 401, acknowledged: false });
  const afresh = await world.lakala.notify(outOrderNo);
  expect(afresh.received).toMatchObject({ status: 200, acknowledged: true });
  expect(await kept()).toBe(1);

  await processor?.start();
  await world.ended(order, 'succeeded');
  await expectSoundBooks(world, order);
}, 90_000);

test('a key that was given two hours works for two hours', async () => {
  const admin = urlForRole(world.stack.databaseUrl, 'loomi_admin');
  const client = new AppClient(world.stack.baseUrl, world.stack.appId, await issueKey(admin, world.stack.appId, '--expires-in', '2h'));
  await machine.pass(2 * HOUR - MINUTE);
  expect(await client.tryKey()).toBe(200);
  await machine.pass(MINUTE);
  // A good key is remembered for a few seconds.
  await until('the key to be refused', 10_000, async () => (await client.tryKey()) === 401);
}, 60_000);
