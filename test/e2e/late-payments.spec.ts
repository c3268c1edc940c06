import { runAdmin } from '../stack/admin.ts';
import { urlForRole } from '../stack/databases.ts';
import { until } from '../stack/until.ts';
import type { PaymentOrder } from './app-client.ts';
import { readStream, type Entry } from './guide-consumer.ts';
import { World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await World.start();
}, 120_000);
beforeEach(async () => {
  await world.lakala.setFaults({});
  await world.clock.advance(0);
});
afterAll(() => world.stop(), 60_000);

const admin = (...args: string[]) => runAdmin(urlForRole(world.stack.databaseUrl, 'loomi_admin'), ...args);
const choose = (choice: string) => admin('app', 'set', world.stack.appId, '--late-payment', choice);

async function anomalyOf(order: { id: string }, kind: string): Promise<string> {
  let id: string | undefined;
  await until(`the anomaly ${kind}`, 20_000, async () => {
    const sql = 'SELECT id FROM anomalies WHERE payment_order_id = $1 AND kind = $2';
    id = (await world.books.query<{ id: string }>(sql, [order.id, kind])).rows[0]?.id;
    return id !== undefined;
  });
  return id ?? '';
}

const resolved = (order: { id: string }) =>
  until('the anomaly to be resolved', 20_000, async () => (await world.count('anomalies WHERE payment_order_id = $1 AND resolved_at IS NULL', [order.id])) === 0);

const resolve = (id: string, as: string, ...more: string[]) => admin('anomaly', 'resolve', id, '--as', as, '--reason', 'ticket 118', '--apply', ...more);

/** What the app hears of the order, and what it can read of its refunds. */
async function toldOf({ id }: { id: string }): Promise<{ moves: string[]; refundEntries: Entry[]; refunds: unknown[] }> {
  const ofOrder = ({ payment_order_id: order }: Entry) => order === id;
  const entries = (await readStream(world.stack.redisUrl, 'payment_results')).filter(ofOrder);
  return {
    moves: entries.map(({ old_status, new_status }) => `${old_status}>${new_status}`),
    refundEntries: (await readStream(world.stack.redisUrl, 'refund_results')).filter(ofOrder),
    refunds: (await world.app.newestRefunds()).filter((refund) => refund.payment_order_id === id),
  };
}

/** An order that was closed, and that its payer, on a page still open, pays after that. */
async function paidAfterClose(): Promise<{ order: PaymentOrder; outOrderNo: string }> {
  const order = await world.openOrder();
  await world.app.close(order.merchant_order_id);
  await world.ended(order, 'failed');
  const { out_order_no: outOrderNo } = await world.onlyPage(order);
  await world.lakala.act(outOrderNo, 'pay', { late: true });
  return { order, outOrderNo };
}

const FAILED = ['pending>processing', 'processing>failed'];

describe('a payment after the end', () => {
  test('is given back by itself where the app chose so, once, and the app hears of no refund', async () => {
    await choose('refund');
    const { order, outOrderNo } = await paidAfterClose();
    await anomalyOf(order, 'paid_late');
    await resolved(order);
    const atLakala = await world.lakala.order(outOrderNo);
    expect(atLakala).toMatchObject({ paid_amount: 10_000, refunded_amount: 10_000, refunds: [{ state: 'SUCCESS' }] });
    expect(await world.count('refund_orders WHERE out_trade_no = $1', [atLakala.refunds[0]?.out_trade_no])).toBe(1);
    expect(await world.app.payment(order.merchant_order_id)).toMatchObject({ status: 'failed', failure: { code: 'closed' }, refunded_amount: 0, gateway_transaction_id: null });
    expect(await toldOf(order)).toEqual({ moves: FAILED, refundEntries: [], refunds: [] });

    await world.lakala.notify(outOrderNo);
    await world.clock.advance(601);
    await until('the recheck', 20_000, async () => (await world.count('payment_orders WHERE id = $1 AND rechecks = 1', [order.id])) === 1);
    expect((await world.lakala.order(outOrderNo)).refunds).toHaveLength(1);
    expect(await world.anomaliesOf(order)).toEqual(['paid_late']);
  }, 60_000);

  test('is given back once though the answer to the refund is lost', async () => {
    await choose('refund');
    await world.lakala.setFaults({ refund: { droppedAfter: { rate: 1, times: 1 } } });
    const { order, outOrderNo } = await paidAfterClose();
    await until('the refund to be at Lakala', 20_000, async () => (await world.lakala.order(outOrderNo)).refunds.length > 0);
    await until('its answer to be given up', 20_000, async () => (await world.count('refund_orders WHERE payment_order_id = $1 AND last_error IS NOT NULL', [order.id])) === 1);
    await world.clock.advance(31);
    await resolved(order);
    expect(await world.lakala.order(outOrderNo)).toMatchObject({ refunded_amount: 10_000, calls: { refund: 1 } });
  }, 60_000);

  test('makes the order succeed where the app accepts it, and can be refunded like any other', async () => {
    await choose('accept');
    const { order, outOrderNo } = await paidAfterClose();
    const paid = await world.ended(order, 'succeeded');
    const [trade] = (await world.lakala.order(outOrderNo)).paid_trades;
    expect(paid).toMatchObject({ gateway_transaction_id: trade?.trade_no, failure: null, extra_data: { lakala_callback: { payStatus: 'S' } } });
    expect(paid.paid_at).not.toBeNull();
    await until('the event', 10_000, async () => (await toldOf(order)).moves.length === 3);
    expect((await toldOf(order)).moves).toEqual([...FAILED, 'failed>succeeded']);
    await resolved(order);
    const { body: refund } = await world.app.createRefund(order.id, { amount: 10_000 });
    await world.refund(refund.id, 'succeeded');
    expect((await world.lakala.order(outOrderNo)).refunded_amount).toBe(10_000);
  }, 60_000);

  test.each(['accept', 'refund'] as const)('that is held waits for an operator, who decides to %s', async (decision) => {
    await choose('hold');
    const { order, outOrderNo } = await paidAfterClose();
    const anomaly = await anomalyOf(order, 'paid_late');
    expect((await world.app.payment(order.merchant_order_id)).status).toBe('failed');
    await resolve(anomaly, decision);
    if (decision === 'accept') await world.ended(order, 'succeeded');
    await resolved(order);
    expect((await world.lakala.order(outOrderNo)).refunded_amount).toBe(decision === 'refund' ? 10_000 : 0);
    expect(await admin('anomaly', 'show', anomaly)).toContain('ticket 118');
  }, 60_000);
});

test('a payment in the last second, whose message is late, succeeds normally', async () => {
  await choose('refund');
  await world.lakala.setFaults({ notification: { lost: 1 } });
  const order = await world.openOrder({ expires_in: 60 });
  const { out_order_no: outOrderNo } = await world.onlyPage(order);
  await world.clock.advance(59);
  await world.lakala.act(outOrderNo, 'pay');
  await world.clock.advance(2);
  await world.ended(order, 'succeeded');
  expect(await world.anomaliesOf(order)).toEqual([]);
  expect((await world.lakala.order(outOrderNo)).refunds).toEqual([]);
}, 60_000);

test('a second payment is given back by an operator, and the first can still be refunded in full by the app', async () => {
  await choose('hold');
  const order = await world.paidOrder();
  const { out_order_no: outOrderNo } = await world.onlyPage(order);
  await world.lakala.act(outOrderNo, 'pay', { again: true });
  await resolve(await anomalyOf(order, 'paid_twice'), 'refund');
  await resolved(order);
  expect(await world.app.payment(order.merchant_order_id)).toMatchObject({ status: 'succeeded', refunded_amount: 0 });
  expect((await toldOf(order)).refunds).toEqual([]);

  const { body: refund, status } = await world.app.createRefund(order.id, { amount: 10_000 });
  expect(status).toBe(202);
  await world.refund(refund.id, 'succeeded');
  expect(await world.app.payment(order.merchant_order_id)).toMatchObject({ refunded_amount: 10_000 });
  expect(await world.lakala.order(outOrderNo)).toMatchObject({ paid_amount: 20_000, refunded_amount: 20_000 });
}, 60_000);

test('a refund by Lakala itself is seen, and resolved as handled', async () => {
  const order = await world.paidOrder();
  const { out_order_no: outOrderNo } = await world.onlyPage(order);
  await world.lakala.act(outOrderNo, 'refund', { amount: 300 });
  await world.lakala.notify(outOrderNo, { form: '2021' });
  await resolve(await anomalyOf(order, 'refunded_elsewhere'), 'handled');
  expect(await world.count('anomalies WHERE payment_order_id = $1 AND resolution LIKE $2', [order.id, 'handled outside: ticket 118%'])).toBe(1);
  expect(await world.app.payment(order.merchant_order_id)).toMatchObject({ status: 'succeeded', refunded_amount: 0 });
}, 60_000);

test.each([
  ['failed', 'refund_failed', []],
  ['succeeded', 'refund_succeeded', ['--refund-trade-no', '20250101R1']],
] as const)("a refund that Lakala never makes clear %s by an operator's word, once no send can be under way", async (status, as, more) => {
  const order = await world.paidOrder();
  await world.lakala.setFaults({ refund: { stateException: { rate: 1 } } });
  const { body: refund } = await world.app.createRefund(order.id, { amount: 4_000 });
  const anomaly = await anomalyOf(order, 'refund_unclear');
  await resolve(anomaly, as, ...more);
  await until('the decision to wait', 20_000, async () => (await world.count("decisions WHERE anomaly_id = $1 AND last_error = 'a send may still be under way'", [anomaly])) === 1);
  expect((await world.app.refund(refund.id)).status).toBe('processing');
  await world.clock.advance(700);
  await world.refund(refund.id, status);
  await resolved(order);
  await world.lakala.setFaults({});
  const again = await world.app.createRefund(order.id, { amount: 10_000 });
  expect(again.status).toBe(status === 'failed' ? 202 : 409);
}, 60_000);
