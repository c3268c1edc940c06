import { writePaidPayment, writeRefundOfSecondPayment } from '../../../../test/fixtures/payments.ts';
import { ApiUnderTest } from '../../test/api-under-test.js';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.stop());

test("a refund that no app asked for is none of the app's: not shown, not listed, and no answer to a request of its own", async () => {
  const { appId, key } = await api.newApp();
  const payment = await writePaidPayment(api.owner, { appId, amount: 10_000 });
  const silentId = await writeRefundOfSecondPayment(api.owner, payment, 'second payment');

  const shown = await api.get(`/api/v1/refund-orders/${silentId}?app_id=${appId}`, { key });
  expect([shown.status, shown.body]).toMatchObject([404, { code: 'refund_order_not_found' }]);
  const list = await api.get(`/api/v1/refund-orders?app_id=${appId}&payment_order_id=${payment.id}`, { key });
  expect(list.body).toEqual({ data: [], next_cursor: null });

  const body = { app_id: appId, payment_order_id: payment.id, amount: 10_000, reason: 'second payment' };
  const asked = await api.post('/api/v1/refund-orders', { key, body });
  expect(asked.status).toBe(202);
  expect((asked.body as { id: string }).id).not.toBe(silentId);
  const order = await api.get(`/api/v1/payment-orders/${payment.merchantOrderId}?app_id=${appId}`, { key });
  expect(order.body).toMatchObject({ status: 'succeeded', refunded_amount: 0 });
});
