import { randomUUID } from 'node:crypto';
import { ApiUnderTest } from '../../test/api-under-test.js';

let api: ApiUnderTest;
const orderIds: string[] = [];

beforeAll(async () => {
  api = await ApiUnderTest.start();
});

afterAll(async () => {
  await api.stop();
});

/** The id of the attempt by which the order was submitted. */
async function orderWith(extra_data: object): Promise<string> {
  const { appId, key } = await api.newApp();
  const body = { app_id: appId, merchant_order_id: 'one', amount: 1, order_type: 'payment', subject: 's', extra_data };
  const { id } = (await api.post('/api/v1/payment-orders', { key, body })).body as { id: string };
  const { rows } = await api.owner.query<{ id: string }>(
    `INSERT INTO gateway_attempts (id, payment_order_id, out_order_no, merchant_no, term_no, amount)
     SELECT a.id, $1, replace(a.id::text, '-', ''), 'm', 't', 1 FROM (SELECT gen_random_uuid() AS id) a RETURNING id`,
    [id],
  );
  orderIds.push(id);
  return rows[0]?.id ?? '';
}

it.each([
  [`https://shop.example/back?order=${'x'.repeat(150)}#end`, undefined],
  ['https://shop.example/回来?a=b%20c', 'https://shop.example/%E5%9B%9E%E6%9D%A5?a=b%20c'],
])("the payer goes to the order's return_url and to nothing else: %.30s", async (return_url, expected = return_url) => {
  const id = await orderWith({ return_url });
  const answer = await api.get(`/r/${id}?to=https://evil.example`);
  expect(answer.status).toBe(302);
  expect(answer.headers.location).toBe(expected);
  expect(answer.headers['cache-control']).toBe('no-store');
});

it("the order's own id, which other apps can read on the shared streams, leads nowhere", async () => {
  await orderWith({ return_url: 'https://shop.example/back?session=1' });
  expect((await api.get(`/r/${orderIds.at(-1)}`)).status).toBe(404);
});

it('an order without one, and an order that is not there, are a 404', async () => {
  for (const id of [await orderWith({}), await orderWith({ return_url: null }), randomUUID()]) {
    const answer = await api.get(`/r/${id}`);
    expect([answer.status, answer.headers.location]).toEqual([404, undefined]);
  }
});

it('what is no id is a 400', async () => {
  expect((await api.get('/r/https:%2F%2Fevil.example')).status).toBe(400);
});
