import { connect } from 'node:net';
import { once } from 'node:events';
import fc from 'fast-check';
import { writePaidPayment } from '../../../../test/fixtures/payments.ts';
import { ApiUnderTest } from '../../test/api-under-test.js';

let api: ApiUnderTest;
let appId: string;
let key: string;
let paymentId: string;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  ({ appId, key } = await api.newApp());
  paymentId = (await writePaidPayment(api.owner, { appId })).id;
});

afterAll(async () => {
  await api.stop();
});

const ORDERS = '/api/v1/payment-orders';
const good = (): Record<string, unknown> => ({
  app_id: appId,
  merchant_order_id: 'never-made',
  amount: 100,
  order_type: 'payment',
  subject: 'a sale',
});

interface Invalid {
  code: string;
  detail: string;
  errors: { field: string; message: string }[];
}

async function refused(change: object): Promise<Invalid> {
  const { status, body } = await api.post(ORDERS, { key, body: { ...good(), ...change } });
  expect([change, status]).toEqual([change, 400]);
  return body as Invalid;
}

const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });

it.each<[string, unknown[]]>([
  ['amount', [0, -1, 1.5, 10_000_000_000, '100', null, true, [1], {}]],
  ['merchant_order_id', ['', 'a'.repeat(65), 'a b', 'ä', 'a/b', 'a\n', 1, null, ['a']]],
  ['order_type', ['refund', '', null, 1, 'Payment']],
  ['subject', ['', 'x'.repeat(129), 'a\nb', 'a\u007fb', 'a\u0085b', 5, null]],
  ['currency', ['USD', 'XXQ', 'cny', '', 156]],
  ['expires_in', [59, 604_201, 60.5, '1800', true]],
  ['extra_data', ['{}', [], 1, { payment_url: 'x' }, { lakala_callback: null }, deep(9), { a: 'x'.repeat(16_400) }]],
])('%s is refused by name where its rule is broken', async (field, values) => {
  for (const value of values) {
    const { code, errors } = await refused({ [field]: value });
    expect(code).toBe('validation_failed');
    expect(errors.map((error) => error.field)).toEqual([field]);
  }
});

it('what the rules just allow is accepted', async () => {
  const changes = [
    { amount: 1 },
    { amount: 9_999_999_999 },
    { merchant_order_id: `A.z_9-:${'x'.repeat(57)}` },
    { subject: '😀'.repeat(128) },
    { expires_in: 60 },
    { expires_in: 604_200 },
    { extra_data: deep(8) },
    { extra_data: { a: 'x'.repeat(16_384 - 8) } },
    { extra_data: { constructor: { prototype: 1 }, toString: 'x', return_url: `https://a.example/${'p'.repeat(2030)}` } },
    { currency: null, extra_data: null, expires_in: null },
  ];
  for (const [n, change] of changes.entries()) {
    const { status, body } = await api.post(ORDERS, { key, body: { ...good(), merchant_order_id: `edge-${n}`, ...change } });
    expect([change, status]).toEqual([change, 202]);
    if (change.extra_data) expect((body as { extra_data: unknown }).extra_data).toEqual(change.extra_data);
  }
});

it.each(['ftp://a.example/', 'javascript:alert(1)', '/back', '', 'https://', 5, `https://a.example/${'x'.repeat(2048)}`, 'https://a.example/\r\nX: y'])(
  'a return_url that is no http(s) URL is refused: %p',
  async (return_url) => {
    const { errors } = await refused({ extra_data: { return_url } });
    expect(errors[0]?.message).toContain('return_url');
  },
);

it('a currency that exists is refused otherwise than one that does not', async () => {
  expect((await refused({ currency: 'USD' })).errors[0]?.message).toMatch(/^must be CNY: only CNY/);
  expect((await refused({ currency: 'QQQ' })).errors[0]?.message).toContain('ISO 4217');
});

it('everything that is wrong is told at once, and unknown fields by name', async () => {
  const { errors } = await refused({ amount: 0, subject: '', ammount: 5, constructor: 1 });
  expect(errors.map(({ field }) => field).sort()).toEqual(['ammount', 'amount', 'constructor', 'subject']);
  expect(errors).toContainEqual({ field: 'ammount', message: 'is not a known field' });
});

it('a snowflake id as a number is refused with the way out', async () => {
  const raw = JSON.stringify(good()).replace('}', ',"extra_data":{"user_id":7193546372104347648}}');
  const { status, body } = await api.post(ORDERS, { key, raw });
  expect(status).toBe(400);
  expect((body as Invalid).errors).toEqual([
    { field: 'extra_data.user_id', message: expect.stringContaining('send it as a string') as string },
  ]);
});

it.each([
  ['{"app_id":', 400, 'malformed_json'],
  ['[]', 400, 'malformed_json'],
  ['', 400, 'malformed_json'],
  ['{"a":1,"a":2}', 400, 'malformed_json'],
  [`{"a":"${'x'.repeat(65_536)}"}`, 413, 'payload_too_large'],
])('the body %.20j is a %i', async (raw, status, code) => {
  const answer = await api.post(ORDERS, { key, raw });
  expect([answer.status, (answer.body as Invalid).code]).toEqual([status, code]);
});

it('no body at all is a 400', async () => {
  expect((await api.post(ORDERS, { key })).status).toBe(400);
});

it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=gbk', 'json', 'multipart/form-data; boundary=x'])(
  'the content type %s is a 415',
  async (type) => {
    const answer = await api.post(ORDERS, { key, raw: JSON.stringify(good()), headers: { 'content-type': type } });
    expect([answer.status, (answer.body as Invalid).code]).toEqual([415, 'unsupported_media_type']);
  },
);

it.each(['application/json; charset=utf-8', 'application/json;charset=UTF-8', 'Application/JSON', 'application/json; charset="utf-8"'])(
  'the content type %s is JSON',
  async (type) => {
    const answer = await api.post(ORDERS, { key, raw: JSON.stringify({ ...good(), amount: 0 }), headers: { 'content-type': type } });
    expect(answer.status).toBe(400);
  },
);

it.each([
  ['', 'app_id'],
  ['?app_id=', 'app_id'],
  ['?app_id=APP&app_id=APP', 'app_id'],
  ['?app_id=APP&limit=0', 'limit'],
  ['?app_id=APP&limit=201', 'limit'],
  ['?app_id=APP&limit=1e2', 'limit'],
  ['?app_id=APP&limit=', 'limit'],
  ['?app_id=APP&cursor=abc', 'cursor'],
  [`?app_id=APP&cursor=${Buffer.from('2024-02-30T00:00:00Z/550e8400-e29b-41d4-a716-446655440000').toString('base64url')}`, 'cursor'],
  ['?app_id=APP&created_from=2024-02-30T00:00:00Z', 'created_from'],
  ['?app_id=APP&created_from=2024-12-03', 'created_from'],
  ['?app_id=APP&created_to=yesterday', 'created_to'],
  ['?app_id=APP&status=paid', 'status'],
  ['?app_id=APP&id=1', 'id'],
  ['?app_id=APP&statuss=paid', 'statuss'],
  ['?app_id=APP&constructor=1', 'constructor'],
  ['?app_id=APP&id=%00', 'id'],
  ['?app_id=APP&id=%zz', 'id'],
])('the query %s is a 400 that names %s', async (query, field) => {
  const answer = await api.get(`${ORDERS}${query.replaceAll('APP', appId)}`, { key });
  expect(answer.status).toBe(400);
  expect((answer.body as Invalid).errors.map((error) => error.field)).toEqual([field]);
});

it.each(['a%00b', 'a%20b', '%F0%9F%98%80', 'a'.repeat(65), 'a'.repeat(500)])('the id %.20s in the path is a 400', async (id) => {
  expect((await api.get(`${ORDERS}/${id}?app_id=${appId}`, { key })).status).toBe(400);
  expect((await api.get(`/api/v1/refund-orders/${id}?app_id=${appId}`, { key })).status).toBe(400);
});

it('a broken address is a 400, and so is one that is too long; an unknown one is a 404', async () => {
  expect((await api.get('/%zz')).body).toMatchObject({ code: 'malformed_request', status: 400 });
  expect((await api.get(`${ORDERS}/%zz?app_id=${appId}`, { key })).status).toBe(400);
  expect((await api.get(`${ORDERS}/${'a'.repeat(10_000)}?app_id=${appId}`, { key })).status).toBe(400);
  expect((await api.get('/api/v1/nothing')).body).toMatchObject({ code: 'not_found', status: 404 });
  expect((await api.get('/')).status).toBe(404);
});

it.each([
  ['DELETE', ORDERS, 'GET, HEAD, OPTIONS, POST'],
  ['PUT', `${ORDERS}/x`, 'GET, HEAD, OPTIONS'],
  ['GET', `${ORDERS}/x/close`, 'OPTIONS, POST'],
  ['GET', '/api/v1/webhooks/lakala', 'OPTIONS, POST'],
  ['POST', '/health', 'GET, HEAD, OPTIONS'],
] as const)('%s %s is a 405 that allows %s', async (method, path, allow) => {
  const answer = await api.send(method, path, { body: {} });
  expect(answer.status).toBe(405);
  expect(answer.headers.allow).toBe(allow);
  expect(answer.body).toMatchObject({ code: 'method_not_allowed' });
  const options = await api.send('OPTIONS', path, {});
  expect([options.status, options.headers.allow, options.headers['access-control-allow-origin']]).toEqual([204, allow, undefined]);
});

it('X-Request-Id is the caller’s where it is safe to repeat, and another where not', async () => {
  const mine = await api.get('/api/v1/nothing', { headers: { 'x-request-id': 'abc_DEF-123' } });
  expect(mine.headers['x-request-id']).toBe('abc_DEF-123');
  expect(mine.body).toMatchObject({ request_id: 'abc_DEF-123' });
  for (const bad of ['a b', 'a'.repeat(65), '<x>', 'ä']) {
    const answer = await api.get('/api/v1/nothing', { headers: { 'x-request-id': encodeURI(bad) } });
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  }
});

it('every answer carries security headers and none allows other origins', async () => {
  for (const path of ['/api/v1/nothing', '/health/live', '/%zz', '/api/v1/openapi.json']) {
    const { headers } = await api.get(path, { headers: { origin: 'https://evil.example' } });
    expect([path, headers['x-content-type-options']]).toEqual([path, 'nosniff']);
    expect(headers['access-control-allow-origin']).toBeUndefined();
  }
});

it('a browser is told more of what it must not do than a program with a key', async () => {
  const browser = await api.get('/api/v1/docs');
  expect(browser.headers).toMatchObject({ 'x-frame-options': 'SAMEORIGIN', 'referrer-policy': 'no-referrer' });
  for (const path of ['/api/v1/events', '/api/v1/nothing']) {
    const program = await api.get(path, { headers: { authorization: 'Bearer lpk_unknown' } });
    expect(program.headers).toMatchObject({
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'strict-transport-security': expect.stringContaining('max-age=') as string,
      'x-content-type-options': 'nosniff',
    });
    expect(program.headers).not.toHaveProperty('x-frame-options');
  }
});

async function rawAnswer(text: string): Promise<string> {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  socket.write(text);
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  await once(socket, 'close');
  return answer;
}

it('what is not HTTP gets a problem too, and too long headers a 431', async () => {
  for (const [text, status] of [
    ['nonsense\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
  ] as const) {
    const answer = await rawAnswer(text);
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    expect(answer).toMatch(/X-Request-Id: [0-9a-f-]{36}\r\n/i);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ status });
  }
});

it('an expectation that nobody knows is ignored', async () => {
  const answer = await rawAnswer('GET /api/v1/nothing HTTP/1.1\r\nHost: x\r\nExpect: nonsense\r\nConnection: close\r\n\r\n');
  expect(answer).toContain('HTTP/1.1 404 ');
  expect(answer).toMatch(/x-request-id: [0-9a-f-]{36}\r\n/i);
});

const anything = fc.oneof(
  fc.anything({ maxDepth: 3, withNullPrototype: false }),
  fc.constantFrom<unknown>(null, '', 0, -1, 1e21, 'a'.repeat(129), '\u0000', '\ud800', [], {}, '2024-12-03', '9'.repeat(30)),
  fc.string({ unit: 'binary' }),
);

function nearly(valid: Record<string, unknown>): fc.Arbitrary<object> {
  const names = [...Object.keys(valid), 'currency', 'extra_data', 'expires_in', 'reason', 'merchant_refund_id', '__proto__', 'x'];
  return fc
    .array(fc.tuple(fc.constantFrom(...names), anything), { minLength: 1, maxLength: 3 })
    .map((changes) => ({ ...valid, ...Object.fromEntries(changes) }));
}

it.each([
  ['payment-orders', () => good()],
  ['refund-orders', () => ({ app_id: appId, payment_order_id: paymentId, amount: 1 })],
  ['payment-orders/x/close', () => ({ app_id: appId })],
])('a nearly valid body to %s never makes the service fail', async (path, valid) => {
  await fc.assert(
    fc.asyncProperty(nearly(valid()), async (body) => {
      let raw: string;
      try {
        raw = JSON.stringify(body, (_key, value: unknown) => (typeof value === 'bigint' ? Number(value) : value));
      } catch {
        // What has no JSON cannot be sent; the next body can.
        return;
      }
      const { status } = await api.post(`/api/v1/${path}`, { key, raw });
      expect(status).toBeLessThan(500);
    }),
    { numRuns: 150 },
  );
});

it('any bytes as a body, and any text in a query, never make the service fail', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: 'binary' }), async (bytes, text) => {
      expect((await api.post(ORDERS, { key, raw: Buffer.from(bytes) })).status).toBeLessThan(500);
      const value = encodeURIComponent(text.toWellFormed());
      for (const path of ['payment-orders', 'refund-orders', 'events']) {
        expect((await api.get(`/api/v1/${path}?app_id=${appId}&cursor=${value}&after=${value}&id=${value}`, { key })).status).toBeLessThan(500);
      }
    }),
    { numRuns: 60 },
  );
});
