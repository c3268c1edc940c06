import { writeExpiredPayment, writePaidPayment, writeProcessingPayment } from '../../../../test/fixtures/payments.ts';
import { ApiUnderTest } from '../../test/api-under-test.js';

let api: ApiUnderTest;
let appId: string;
let key: string;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  ({ appId, key } = await api.newApp());
});

afterAll(async () => {
  await api.stop();
});

const order = (merchant_order_id: string, more: object = {}): Record<string, unknown> => ({
  app_id: appId,
  merchant_order_id,
  amount: 1250,
  order_type: 'payment',
  subject: '两张票',
  ...more,
});
const create = (body: object) => api.post('/api/v1/payment-orders', { key, body });
const show = (id: string) => api.get(`/api/v1/payment-orders/${id}?app_id=${appId}`, { key });
const close = (id: string) => api.post(`/api/v1/payment-orders/${id}/close`, { key, body: { app_id: appId } });

describe('a payment order', () => {
  it('is accepted with every default filled in, and shown the same', async () => {
    const created = await create(order('defaults'));
    expect(created.status).toBe(202);
    expect(created.headers['idempotency-replayed']).toBeUndefined();
    expect(created.body).toMatchObject({
      app_id: appId,
      merchant_order_id: 'defaults',
      status: 'pending',
      currency: 'CNY',
      payment_gateway: 'lakala',
      gateway_transaction_id: null,
      subject: '两张票',
      extra_data: {},
      paid_at: null,
      close_requested_at: null,
      refunded_amount: 0,
      failure: null,
    });
    const { created_at, expires_at, id } = created.body as Record<string, string>;
    expect(created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(Date.parse(expires_at ?? '') - Date.parse(created_at ?? '')).toBe(1_800_000);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect((await show('defaults')).body).toEqual(created.body);
  });

  it('made by a hundred equal requests at once is one order', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => create(order('hundred'))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => (body as { id: string }).id)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(99);
  });

  it('asked for again with what the defaults are, and its data in another order, is the same order', async () => {
    const extra_data = { b: [1, { y: null, x: 'z' }], a: -0 };
    const first = await create(order('again', { extra_data }));
    const again = await create(
      order('again', { extra_data: { a: 0, b: [1, { x: 'z', y: null }] }, currency: 'CNY', expires_in: 1800 }),
    );
    expect(again.status).toBe(202);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body).toEqual(first.body);
    const withNulls = await create(order('again', { extra_data, currency: null, expires_in: null }));
    expect(withNulls.status).toBe(202);
  });

  it.each([
    ['amount', { amount: 1251 }],
    ['order_type', { order_type: 'recharge' }],
    ['subject', { subject: 'another' }],
    ['extra_data', { extra_data: { b: [2, 1] } }],
    ['expires_in', { expires_in: 1801 }],
  ])('with another %s under the same id is a conflict that names it and changes nothing', async (name, change) => {
    const id = `conflict-${name}`;
    const first = await create(order(id, { extra_data: { b: [1, 2] } }));
    const other = await create({ ...order(id, { extra_data: { b: [1, 2] } }), ...change });
    expect(other.status).toBe(409);
    expect(other.body).toMatchObject({ code: 'merchant_order_id_conflict' });
    expect((other.body as { detail: string }).detail).toContain(name);
    expect((await show(id)).body).toEqual(first.body);
  });

  it('of one app is not in the way of another app with the same merchant_order_id', async () => {
    const other = await api.newApp();
    const first = await create(order('shared'));
    const second = await api.post('/api/v1/payment-orders', {
      key: other.key,
      body: order('shared', { app_id: other.appId, amount: 1 }),
    });
    expect(second.status).toBe(202);
    expect((second.body as { id: string }).id).not.toBe((first.body as { id: string }).id);
  });

  it('shows its page only while it is processing, unexpired and not asked to close', async () => {
    const payment = await writeProcessingPayment(api.owner, { appId, paymentUrl: 'https://cashier.example/p?u=a%2Fb' });
    const page = async () => ((await show(payment.merchantOrderId)).body as { extra_data: object }).extra_data;
    expect(await page()).toEqual({ payment_url: 'https://cashier.example/p?u=a%2Fb' });
    await api.owner.query('ALTER TABLE payment_orders DISABLE TRIGGER guard_payment_order');
    const expireAt = (moment: string) =>
      api.owner.query(`UPDATE payment_orders SET expires_at = ${moment} WHERE id = $1`, [payment.id]);
    await expireAt('loomi_now()');
    expect(await page()).toEqual({});
    await expireAt("loomi_now() + interval '1 hour'");
    await api.owner.query('ALTER TABLE payment_orders ENABLE TRIGGER guard_payment_order');
    expect(await page()).toHaveProperty('payment_url');
    await close(payment.merchantOrderId);
    expect(await page()).toEqual({});
  });

  it("shows Lakala's word once paid, and nothing of who the payer is", async () => {
    const payment = await writePaidPayment(api.owner, { appId });
    const { body } = await show(payment.merchantOrderId);
    expect(body).toMatchObject({ status: 'succeeded', gateway_transaction_id: payment.tradeNo });
    expect((body as { extra_data: object }).extra_data).toEqual({
      lakala_callback: expect.objectContaining({ payStatus: 'S', trade_no: payment.tradeNo }) as unknown,
    });
    expect(JSON.stringify(body)).not.toContain('payer@example.com');
  });

  it('that this app does not have is a 404', async () => {
    const answer = await show('nowhere');
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ code: 'payment_order_not_found' });
  });
});

describe('closing', () => {
  it('is asked for once, makes the order due at once, and again changes nothing', async () => {
    await create(order('closing'));
    await api.owner.query("UPDATE payment_orders SET due_at = loomi_now() + interval '1 hour' WHERE merchant_order_id = 'closing'");
    const first = await close('closing');
    expect(first.status).toBe(202);
    expect((first.body as { close_requested_at: unknown }).close_requested_at).toMatch(/Z$/);
    const { rows } = await api.owner.query<{ due: boolean }>(
      "SELECT due_at <= loomi_now() AS due FROM payment_orders WHERE merchant_order_id = 'closing'",
    );
    expect(rows).toEqual([{ due: true }]);
    const again = await close('closing');
    expect(again.status).toBe(202);
    expect(again.body).toEqual(first.body);
  });

  it('of a paid order is refused', async () => {
    const payment = await writePaidPayment(api.owner, { appId });
    const answer = await close(payment.merchantOrderId);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ code: 'payment_order_already_paid' });
  });

  it('of an order that has failed gives it as it is', async () => {
    const id = await writeExpiredPayment(api.owner, { appId });
    const answer = await close(id);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({
      status: 'failed',
      close_requested_at: null,
      failure: { code: 'expired', message: 'too late' },
    });
  });

  it('of an order that is not there is a 404', async () => {
    expect((await close('nowhere')).status).toBe(404);
  });
});

describe('the list', () => {
  it('pages through every order once, newest first, also where they were made at the same moment', async () => {
    const other = await api.newApp();
    for (let n = 0; n < 7; n += 1) await writeProcessingPayment(api.owner, { appId: other.appId, merchantOrderId: `n${n}` });
    await api.owner.query('ALTER TABLE payment_orders DISABLE TRIGGER guard_payment_order');
    await api.owner.query(
      "UPDATE payment_orders SET created_at = '2024-12-03T10:30:00.123456Z' WHERE app_id = $1 AND merchant_order_id < 'n4'",
      [other.appId],
    );
    await api.owner.query('ALTER TABLE payment_orders ENABLE TRIGGER guard_payment_order');
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { body, status } = await api.get(`/api/v1/payment-orders?app_id=${other.appId}&limit=2${query}`, { key: other.key });
      expect(status).toBe(200);
      const page = body as { data: { merchant_order_id: string }[]; next_cursor: string | null };
      seen.push(...page.data.map(({ merchant_order_id }) => merchant_order_id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual(['n6', 'n5', 'n4', 'n3', 'n2', 'n1', 'n0']);
  });

  it('narrows by id, status and time, from inclusive, to exclusive', async () => {
    const other = await api.newApp();
    const first = await writeProcessingPayment(api.owner, { appId: other.appId });
    const second = await writePaidPayment(api.owner, { appId: other.appId });
    await api.owner.query('ALTER TABLE payment_orders DISABLE TRIGGER guard_payment_order');
    await api.owner.query("UPDATE payment_orders SET created_at = '2024-12-03T10:30:00Z' WHERE id = $1", [first.id]);
    await api.owner.query("UPDATE payment_orders SET created_at = '2024-12-03T10:30:01Z' WHERE id = $1", [second.id]);
    await api.owner.query('ALTER TABLE payment_orders ENABLE TRIGGER guard_payment_order');
    const ids = async (query: string) => {
      const { body } = await api.get(`/api/v1/payment-orders?app_id=${other.appId}&${query}`, { key: other.key });
      return (body as { data: { id: string }[] }).data.map(({ id }) => id);
    };
    expect(await ids(`id=${first.id}`)).toEqual([first.id]);
    expect(await ids('status=succeeded')).toEqual([second.id]);
    expect(await ids('created_from=2024-12-03T10:30:00Z&created_to=2024-12-03T10:30:01Z')).toEqual([first.id]);
    expect(await ids('created_from=2024-12-03T10:30:01Z')).toEqual([second.id]);
  });
});
