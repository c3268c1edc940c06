import { until } from '../stack/until.ts';
import type { PaymentOrder } from './app-client.ts';
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

/** The order, its events, and how many messages were kept of it: what a lie must not change. */
async function stateOf(order: PaymentOrder): Promise<object> {
  const { out_order_no: outOrderNo } = await world.onlyPage(order);
  return {
    order: await world.app.payment(order.merchant_order_id),
    events: await world.count('events WHERE subject_id = $1', [order.id]),
    trades: await world.count('trades WHERE payment_order_id = $1', [order.id]),
    outcomes: await world.count('outcomes WHERE subject_id = $1', [order.id]),
    messages: await world.count('notifications WHERE out_order_no = $1', [outOrderNo]),
  };
}

const allRead = () => until('the inbox to be read', 10_000, async () => (await world.count('notifications WHERE applied_at IS NULL')) === 0);

describe('a notification that lies', () => {
  const hoursOld = () => ({ timestamp: Math.floor(Date.now() / 1_000) - 3 * 3_600 });
  test.each([
    ['a signature that does not fit', () => ({ wrongSignature: true })],
    ['no signature', () => ({ unsigned: true })],
    ['a signature that is hours old', hoursOld],
  ])('by %s is refused and changes nothing', async (_name, options) => {
    const order = await world.openOrder();
    await world.clock.freeze();
    const before = await stateOf(order);
    const { out_order_no: outOrderNo } = await world.onlyPage(order);
    const { received } = await world.lakala.notify(outOrderNo, options());
    expect(received).toMatchObject({ status: 401, acknowledged: false });
    expect(await stateOf(order)).toEqual(before);
    expect(await world.anomaliesOf(order)).toEqual([]);
  }, 30_000);

  test.each([
    ['the amount', 'wrong_amount', { amount: 1 }],
    ['the merchant', 'wrong_merchant', { merchant_no: '822000000000000' }],
  ])('about %s is acknowledged, an anomaly, and pays nothing', async (_name, kind, options) => {
    const order = await world.openOrder();
    await world.clock.freeze();
    const { out_order_no: outOrderNo } = await world.onlyPage(order);
    const before = await stateOf(order);
    const { received } = await world.lakala.notify(outOrderNo, options);
    expect(received).toMatchObject({ status: 200, acknowledged: true });
    await allRead();
    expect(await stateOf(order)).toEqual({ ...before, messages: 1 });
    expect(await world.anomaliesOf(order)).toEqual([kind]);

    await world.lakala.act(outOrderNo, 'pay');
    await world.ended(order, 'succeeded');
  }, 30_000);

  test('about an order that is none of ours is acknowledged and an anomaly', async () => {
    const order = await world.openOrder();
    const before = await stateOf(order);
    const outOrderNo = 'f'.repeat(32);
    const webhook = `${world.stack.baseUrl}/api/v1/webhooks/lakala`;
    const { received } = await world.lakala.notify(outOrderNo, { notify_url: webhook });
    expect(received).toMatchObject({ status: 200, acknowledged: true });
    await allRead();
    expect(await world.count("anomalies WHERE kind = 'unknown_order' AND detail LIKE '%' || $1 || '%'", [outOrderNo])).toBe(1);
    expect(await stateOf(order)).toEqual(before);
  }, 30_000);
});

describe('a notification that is true', () => {
  test('told a hundred times, signed afresh or byte by byte the same, is one payment and one event', async () => {
    const order = await world.openOrder();
    const { out_order_no: outOrderNo } = await world.onlyPage(order);
    await world.lakala.setFaults({ notification: { lost: 1 } });
    await world.lakala.act(outOrderNo, 'pay');
    const { sent } = await world.lakala.notify(outOrderNo);
    const again = async (): Promise<number> => {
      const headers = { authorization: sent.authorization, 'content-type': 'application/json' };
      return (await fetch(sent.url, { method: 'POST', headers, body: JSON.stringify(sent.body) })).status;
    };
    const afresh = async (): Promise<number> => (await world.lakala.notify(outOrderNo)).received.status;
    const statuses = await Promise.all(Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? again() : afresh())));
    expect(new Set(statuses)).toEqual(new Set([200]));
    await world.ended(order, 'succeeded');
    await allRead();
    expect(await stateOf(order)).toMatchObject({ events: 2, trades: 1, outcomes: 1, messages: 1 });
    expect(await world.anomaliesOf(order)).toEqual([]);
  }, 40_000);

  test('in the older camelCase form makes us ask, and the answer ends the order', async () => {
    const order = await world.openOrder();
    const { out_order_no: outOrderNo } = await world.onlyPage(order);
    // With the clock stopped no question falls due by itself.
    await world.clock.freeze();
    await world.lakala.setFaults({ notification: { lost: 1 } });
    await world.lakala.act(outOrderNo, 'pay');
    expect((await world.lakala.order(outOrderNo)).calls.query ?? 0).toBe(0);
    expect((await world.lakala.notify(outOrderNo, { form: '2021' })).received.acknowledged).toBe(true);
    await world.ended(order, 'succeeded');
    expect((await world.lakala.order(outOrderNo)).calls.query).toBe(1);
  }, 30_000);

  test('in the camelCase form about an order that was not paid ends nothing', async () => {
    const order = await world.openOrder();
    const { out_order_no: outOrderNo } = await world.onlyPage(order);
    await world.clock.freeze();
    await world.lakala.notify(outOrderNo, { form: '2021' });
    await until('the question', 10_000, async () => ((await world.lakala.order(outOrderNo)).calls.query ?? 0) > 0);
    expect((await world.app.payment(order.merchant_order_id)).status).toBe('processing');
  }, 30_000);
});

describe('money that comes when it is not expected', () => {
  test('after a close stands as an anomaly paid_late, and the order stays failed', async () => {
    const order = await world.openOrder();
    await world.app.close(order.merchant_order_id);
    await world.ended(order, 'failed');
    const { out_order_no: outOrderNo } = await world.onlyPage(order);
    await world.lakala.act(outOrderNo, 'pay', { late: true });
    await until('the anomaly', 10_000, async () => (await world.anomaliesOf(order)).length > 0);
    expect(await world.anomaliesOf(order)).toEqual(['paid_late']);
    expect(await world.app.payment(order.merchant_order_id)).toMatchObject({ status: 'failed', failure: { code: 'closed' } });
    expect(await world.count('trades WHERE payment_order_id = $1', [order.id])).toBe(1);
  }, 30_000);

  test('after a close, and nobody told of it, is found by asking again ten minutes later', async () => {
    const order = await world.openOrder();
    await world.app.close(order.merchant_order_id);
    await world.ended(order, 'failed');
    const { out_order_no: outOrderNo } = await world.onlyPage(order);
    await world.lakala.setFaults({ notification: { lost: 1 } });
    await world.lakala.act(outOrderNo, 'pay', { late: true });
    await world.clock.advance(601);
    await until('the anomaly', 10_000, async () => (await world.anomaliesOf(order)).includes('paid_late'));
  }, 30_000);

  test('a second time on one order stands as an anomaly paid_twice, and the first payment counts', async () => {
    const order = await world.openOrder();
    const { out_order_no: outOrderNo } = await world.onlyPage(order);
    await world.lakala.act(outOrderNo, 'pay');
    const paid = await world.ended(order, 'succeeded');
    await world.lakala.act(outOrderNo, 'pay', { again: true });
    await until('the anomaly', 10_000, async () => (await world.anomaliesOf(order)).length > 0);
    expect(await world.anomaliesOf(order)).toEqual(['paid_twice']);
    const now = await world.app.payment(order.merchant_order_id);
    expect(now.gateway_transaction_id).toBe(paid.gateway_transaction_id);
    expect(await world.count('trades WHERE payment_order_id = $1', [order.id])).toBe(2);
  }, 30_000);
});

test('an order all of whose notifications are lost is asked about, and ends all the same', async () => {
  const order = await world.openOrder();
  await world.lakala.setFaults({ notification: { lost: 1 } });
  const { out_order_no: outOrderNo } = await world.onlyPage(order);
  await world.lakala.act(outOrderNo, 'pay');
  await world.clock.advance(8);
  await world.ended(order, 'succeeded');
  expect(await stateOf(order)).toMatchObject({ messages: 0, events: 2 });
}, 30_000);
