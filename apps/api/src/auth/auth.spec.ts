import { DataSource } from 'typeorm';
import { hashKey } from '#domain/keys/api-key.js';
import { SCOPES } from '#domain/entities/api-key.entity.js';
import { writePaidPayment, type WrittenPayment } from '../../../../test/fixtures/payments.ts';
import { until } from '../../../../test/stack/until.ts';
import { ApiUnderTest } from '../../test/api-under-test.js';
import { ApiKeys } from './api-keys.js';

let api: ApiUnderTest;
let appId: string;
let key: string;
let payment: WrittenPayment;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  ({ appId, key } = await api.newApp());
  payment = await writePaidPayment(api.owner, { appId });
});

afterAll(async () => {
  await api.stop();
});

interface Endpoint {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  readonly scope: (typeof SCOPES)[number];
}

/** Every call that takes a key, made by the app's own request. */
function endpoints(): Endpoint[] {
  const ofApp = `?app_id=${appId}`;
  const order = { app_id: appId, merchant_order_id: 'new', amount: 1, order_type: 'payment', subject: 's' };
  const refund = { app_id: appId, payment_order_id: payment.id, amount: 1 };
  const { merchantOrderId } = payment;
  return [
    { method: 'POST', path: '/api/v1/payment-orders', body: order, scope: 'payments:write' },
    { method: 'GET', path: `/api/v1/payment-orders${ofApp}`, scope: 'payments:read' },
    { method: 'GET', path: `/api/v1/payment-orders/${merchantOrderId}${ofApp}`, scope: 'payments:read' },
    { method: 'POST', path: `/api/v1/payment-orders/${merchantOrderId}/close`, body: { app_id: appId }, scope: 'payments:write' },
    { method: 'POST', path: '/api/v1/refund-orders', body: refund, scope: 'refunds:write' },
    { method: 'GET', path: `/api/v1/refund-orders${ofApp}`, scope: 'refunds:read' },
    { method: 'GET', path: `/api/v1/refund-orders/${payment.id}${ofApp}`, scope: 'refunds:read' },
    { method: 'GET', path: `/api/v1/events${ofApp}`, scope: 'events:read' },
  ];
}

const show = (withKey: string) => api.get(`/api/v1/payment-orders?app_id=${appId}`, { key: withKey });

it('the list of endpoints here is every call that the document says takes a key', async () => {
  const { body } = await api.get('/api/v1/openapi.json');
  const { paths } = body as { paths: Record<string, Record<string, { security?: unknown }>> };
  const documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { security }]) => (security ? [`${method} ${path}`] : [])),
  );
  expect(endpoints()).toHaveLength(documented.length);
});

it("another app's key gets 403 on every endpoint, and no statement touches an order", async () => {
  const other = await api.newApp();
  // Without any right on the orders, a statement that touches them would be a 500.
  await api.owner.query('REVOKE ALL ON payment_orders, refund_orders, trades, events, event_log_head FROM loomi_api');
  for (const { method, path, body } of endpoints()) {
    const answer = await api.send(method, path, { key: other.key, body });
    expect([path, answer.status, (answer.body as { code: string }).code]).toEqual([path, 403, 'app_mismatch']);
  }
  await api.owner.query('GRANT SELECT ON payment_orders, refund_orders, trades, events, event_log_head TO loomi_api');
});

it('a key without the scope gets 403 on every endpoint, however many others it has', async () => {
  for (const { method, path, body, scope } of endpoints()) {
    const { key: limited } = await api.newKey(appId, SCOPES.filter((one) => one !== scope));
    const answer = await api.send(method, path, { key: limited, body });
    expect([path, answer.status, (answer.body as { code: string }).code]).toEqual([path, 403, 'insufficient_scope']);
  }
});

it.each([
  ['no header', {}],
  ['an empty one', { authorization: '' }],
  ['another scheme', { authorization: 'Basic bHBrX2E6Yg==' }],
  ['no key', { authorization: 'Bearer ' }],
  ['an unknown key', { authorization: `Bearer lpk_${'a'.repeat(43)}` }],
  ['a key with something behind it', { authorization: 'Bearer lpk_a lpk_b' }],
  ['a very long key', { authorization: `Bearer ${'a'.repeat(5000)}` }],
])('%s is a 401 that asks for a bearer', async (_name, headers) => {
  for (const { method, path, body } of endpoints()) {
    const answer = await api.send(method, path, { headers, body });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(answer.body).toMatchObject({ code: 'unauthorized' });
  }
});

it('several keys of one app work side by side', async () => {
  const second = await api.newKey(appId);
  expect((await show(key)).status).toBe(200);
  expect((await show(second.key)).status).toBe(200);
});

it('a revoked key is refused within five seconds, also where it was used just before', async () => {
  const revoked = await api.newKey(appId);
  expect((await show(revoked.key)).status).toBe(200);
  await api.owner.query('UPDATE api_keys SET revoked_at = loomi_now() WHERE id = $1', [revoked.keyId]);
  await until('the revoked key to be refused', 5000, async () => (await show(revoked.key)).status === 401);
});

it("a key is refused from its expiry on, by the database's clock", async () => {
  const expiring = await api.newKey(appId);
  await api.owner.query("UPDATE api_keys SET expires_at = loomi_now() + interval '1 second' WHERE id = $1", [expiring.keyId]);
  expect((await show(expiring.key)).status).toBe(200);
  await until('the expired key to be refused', 2500, async () => (await show(expiring.key)).status === 401);
});

it('a hundred requests at once with a key not seen before ask the database for it once', async () => {
  const fresh = await api.newKey(appId);
  const dataSource = api.app.get(DataSource);
  let asked = 0;
  const query = (sql: string, parameters?: unknown[]): Promise<unknown> => {
    asked += 1;
    return dataSource.query(sql, parameters);
  };
  const keys = new ApiKeys(Object.create(dataSource, { query: { value: query } }) as DataSource);
  const callers = await Promise.all(Array.from({ length: 100 }, async () => keys.find(fresh.key)));
  expect(new Set(callers.map((caller) => caller?.keyId))).toEqual(new Set([fresh.keyId]));
  expect(asked).toBe(1);
});

it('no key and no hash of one is in the log', async () => {
  await show(key);
  const lines = api.logLines.join('');
  expect(lines).toContain('request_answered');
  expect(lines).not.toContain(key);
  for (const encoding of ['hex', 'base64'] as const) expect(lines).not.toContain(hashKey(key).toString(encoding));
});
