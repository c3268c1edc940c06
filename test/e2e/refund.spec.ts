import { until } from '../stack/until.ts';
import { readStream } from './guide-consumer.ts';
import { World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await World.start({ env: { LAKALA_TIMEOUT_SECONDS: '2' } });
}, 120_000);
beforeEach(() => world.lakala.setFaults({}));
afterAll(() => world.stop(), 60_000);

/** What Lakala gave back of an order, refund by refund. */
async function refundsAtLakala(payment: { id: string }): Promise<{ outTradeNo: string; amount: number; state: string }[]> {
  const { refunds } = await world.onlyPage(payment);
  return refunds.map(({ out_trade_no: outTradeNo, amount, state }) => ({ outTradeNo, amount, state }));
}

async function numberOf(refund: { id: string }): Promise<string> {
  const { rows } = await world.books.query<{ out_trade_no: string }>('SELECT out_trade_no FROM refund_orders WHERE id = $1', [refund.id]);
  return rows[0]?.out_trade_no ?? '';
}

describe('refunds', () => {
  test('give back a part, then the rest, and not one fen more; each is told on the stream', async () => {
    const payment = await world.paidOrder(10_000);
    const part = await world.app.createRefund(payment.id, { amount: 4_000, reason: 'one of two', merchant_refund_id: 'R-1' });
    expect(part.status).toBe(202);
    const refunded = await world.refund(part.body.id, 'succeeded');
    expect((await world.app.payment(payment.merchant_order_id)).refunded_amount).toBe(4_000);
    const rest = await world.app.createRefund(payment.id, { amount: 6_000 });
    await world.refund(rest.body.id, 'succeeded');
    const more = await world.app.createRefund(payment.id, { amount: 1 });
    expect([more.status, more.body.code]).toEqual([409, 'refund_exceeds_refundable']);

    const page = await world.onlyPage(payment);
    expect(page.refunded_amount).toBe(10_000);
    expect(refunded.gateway_refund_id).toBe(page.refunds[0]?.trade_no);
    await until('both events of the first refund', 5_000, async () => (await told(part.body.id)).length === 2);
    const common = {
      event_type: 'refund_status_changed',
      refund_order_id: part.body.id,
      payment_order_id: payment.id,
      app_id: world.stack.appId,
      merchant_order_id: payment.merchant_order_id,
      merchant_refund_id: 'R-1',
      amount: '4000',
      failure_code: '',
      event_id: expect.any(String) as string,
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
    };
    expect(await told(part.body.id)).toEqual([
      { ...common, old_status: 'pending', new_status: 'processing', gateway_refund_id: '' },
      { ...common, old_status: 'processing', new_status: 'succeeded', gateway_refund_id: refunded.gateway_refund_id },
    ]);
  }, 40_000);

  test('that race never exceed the payment, and as many as fit go through', async () => {
    const payment = await world.paidOrder(10_000);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) => world.app.createRefund(payment.id, { amount: 400, merchant_refund_id: `race-${i}` })),
    );
    const accepted = answers.filter(({ status }) => status === 202);
    expect(accepted).toHaveLength(25);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(5);
    for (const { body } of accepted) await world.refund(body.id, 'succeeded');
    expect((await world.onlyPage(payment)).refunded_amount).toBe(10_000);
    expect((await world.app.payment(payment.merchant_order_id)).refunded_amount).toBe(10_000);
  }, 40_000);

  test('asked for again without an id while under way are one refund', async () => {
    const payment = await world.paidOrder();
    await world.lakala.setFaults({ refund: { stateProcessing: { rate: 1, ms: 600_000 } } });
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => world.app.createRefund(payment.id, { amount: 2_500, reason: 'twice pressed' })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    const [id, ...others] = new Set(answers.map(({ body }) => body.id));
    expect(others).toEqual([]);
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(9);
    await until('the refund to be at Lakala', 10_000, async () => (await refundsAtLakala(payment)).length > 0);

    await world.lakala.settleRefund(await numberOf({ id: id ?? '' }), 'SUCCESS');
    await world.refund(id ?? '', 'succeeded');
    expect(await refundsAtLakala(payment)).toEqual([{ outTradeNo: expect.any(String) as string, amount: 2_500, state: 'SUCCESS' }]);
  }, 40_000);

  test('that Lakala fails give their amount free again', async () => {
    const payment = await world.paidOrder(10_000);
    await world.lakala.setFaults({ refund: { stateFail: { rate: 1, times: 1 } } });
    const { body: refund } = await world.app.createRefund(payment.id, { amount: 7_000 });
    expect((await world.refund(refund.id, 'failed')).failure?.code).toBe('refused');
    const { body: again } = await world.app.createRefund(payment.id, { amount: 10_000 });
    await world.refund(again.id, 'succeeded');
    expect((await world.onlyPage(payment)).refunded_amount).toBe(10_000);
  }, 40_000);

  test.each(['stateTimeout', 'stateProcessing', 'stateInit'])('whose state is %s at first are asked about until they end', async (fault) => {
    const payment = await world.paidOrder();
    await world.lakala.setFaults({ refund: { [fault]: { rate: 1, ms: 500 } } });
    const { body: refund } = await world.app.createRefund(payment.id, { amount: 100 });
    await world.refund(refund.id, 'succeeded');
    expect((await world.onlyPage(payment)).calls).toMatchObject({ refund: 1 });
    expect((await world.onlyPage(payment)).refunded_amount).toBe(100);
  }, 40_000);

  test('whose state is EXCEPTION are an anomaly, are asked about further, and keep their amount reserved', async () => {
    const payment = await world.paidOrder(10_000);
    await world.lakala.setFaults({ refund: { stateException: { rate: 1 } } });
    const { body: refund } = await world.app.createRefund(payment.id, { amount: 9_000 });
    await until('the anomaly', 10_000, async () => (await world.anomaliesOf(refund)).includes('refund_unclear'));
    expect((await world.app.refund(refund.id)).status).toBe('processing');
    const more = await world.app.createRefund(payment.id, { amount: 1_001 });
    expect([more.status, more.body.code]).toEqual([409, 'refund_exceeds_refundable']);

    await world.lakala.settleRefund(await numberOf(refund), 'SUCCESS');
    await world.refund(refund.id, 'succeeded');
    expect(await world.anomaliesOf(refund)).toEqual(['refund_unclear']);
  }, 40_000);
});

describe('a refund whose answer is lost', () => {
  test.each([
    ['the connection broke after the deed', { droppedAfter: { rate: 1, times: 1 } }],
    ['HTTP 500', { http500: { rate: 1, times: 1, deed: true } }],
    ['a code that says nothing', { inDoubtCode: { rate: 1, times: 1, deed: true } }],
    ['an answer without a signature', { unsigned: { rate: 1, times: 1 } }],
    ['an answer about another refund', { otherOrder: { rate: 1, times: 1 } }],
  ])('(%s) is asked about, and paid once', async (_name, faults) => {
    const payment = await world.paidOrder();
    await world.lakala.setFaults({ refund: faults });
    const { body: refund } = await world.app.createRefund(payment.id, { amount: 3_000 });
    await world.refund(refund.id, 'processing');
    await until('the refund to be at Lakala', 10_000, async () => (await refundsAtLakala(payment)).length > 0);
    await until('the answer to be given up', 10_000, async () => (await world.count('refund_orders WHERE id = $1 AND last_error IS NOT NULL', [refund.id])) === 1);
    await world.clock.advance(31);
    await world.refund(refund.id, 'succeeded');
    const number = await numberOf(refund);
    expect(await refundsAtLakala(payment)).toEqual([{ outTradeNo: number, amount: 3_000, state: 'SUCCESS' }]);
    expect((await world.onlyPage(payment)).calls).toMatchObject({ refund: 1 });
  }, 40_000);

  test('before the deed is sent again under the same number, after a question', async () => {
    const payment = await world.paidOrder();
    const before = await world.lakala.calls();
    await world.lakala.setFaults({ refund: { droppedBefore: { rate: 1, times: 1 } } });
    const { body: refund } = await world.app.createRefund(payment.id, { amount: 3_000 });
    await until('the answer to be given up', 10_000, async () => (await world.count('refund_orders WHERE id = $1 AND last_error IS NOT NULL', [refund.id])) === 1);
    expect(await refundsAtLakala(payment)).toEqual([]);
    await world.clock.advance(31);
    await world.refund(refund.id, 'succeeded');
    expect(await refundsAtLakala(payment)).toEqual([{ outTradeNo: await numberOf(refund), amount: 3_000, state: 'SUCCESS' }]);
    const after = await world.lakala.calls();
    expect([after.refund - before.refund, after.refund_query - before.refund_query]).toEqual([2, 1]);
  }, 40_000);
});

async function told(refundId: string) {
  return (await readStream(world.stack.redisUrl, 'refund_results')).filter((entry) => entry.refund_order_id === refundId);
}
