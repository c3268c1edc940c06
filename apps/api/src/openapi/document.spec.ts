import type { OpenAPIObject } from '@nestjs/swagger';
import { ApiUnderTest } from '../../test/api-under-test.js';
import { DocumentedAnswers, type Answer } from '../../test/documented-answers.js';

let api: ApiUnderTest;
let document: OpenAPIObject;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  document = (await api.get('/api/v1/openapi.json')).body as OpenAPIObject;
});

afterAll(async () => {
  await api.stop();
});

it('is OpenAPI 3.1 and has every call of the contract', () => {
  expect(document.openapi).toMatch(/^3\.1\./);
  const calls = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(calls.sort()).toEqual([
    'get /api/v1/events',
    'get /api/v1/payment-orders',
    'get /api/v1/payment-orders/{merchant_order_id}',
    'get /api/v1/refund-orders',
    'get /api/v1/refund-orders/{refund_order_id}',
    'get /r/{id}',
    'post /api/v1/payment-orders',
    'post /api/v1/payment-orders/{merchant_order_id}/close',
    'post /api/v1/refund-orders',
    'post /api/v1/webhooks/lakala',
  ]);
});

it("closes every schema but the caller's own data", () => {
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) {
    const isOpen = name === 'PaymentExtraDataView';
    expect([name, 'additionalProperties' in schema && schema.additionalProperties]).toEqual([name, isOpen]);
  }
});

it('requires every field of an answer that is always there', () => {
  const { PaymentOrderView, RefundOrderView, ProblemView } = document.components?.schemas ?? {};
  for (const schema of [PaymentOrderView, RefundOrderView, ProblemView]) {
    if (!schema || !('properties' in schema)) throw new Error('a schema is missing');
    expect(schema.required?.toSorted()).toEqual(Object.keys(schema.properties ?? {}).sort());
  }
});

it('finds a planted field, a missing one and an undocumented status in an answer', async () => {
  const { appId, key } = await api.newApp();
  const body = { app_id: appId, merchant_order_id: 'one', amount: 1, order_type: 'payment', subject: 's' };
  const answer = await api.post('/api/v1/payment-orders', { key, body });
  const answers = new DocumentedAnswers(document);
  const altered = (change: (copy: Record<string, unknown>) => void, status = 202): Answer => {
    const copy = structuredClone(answer.body as Record<string, unknown>);
    change(copy);
    return { ...answer, headers: answer.headers, status, text: JSON.stringify(copy) };
  };
  const check = (altered: Answer) => () => answers.check('POST', '/api/v1/payment-orders', altered);
  expect(check(altered(() => undefined))).not.toThrow();
  expect(check(altered((copy) => (copy['planted'] = 1)))).toThrow('additional properties');
  expect(check(altered((copy) => delete copy['failure']))).toThrow('required');
  expect(check(altered((copy) => (copy['amount'] = '1')))).toThrow('integer');
  expect(check(altered(() => undefined, 201))).toThrow('not documented');
});

it('has a page to try it, whose files all come from here', async () => {
  const page = await api.get('/api/v1/docs');
  expect(page.status).toBe(200);
  const policy = page.headers['content-security-policy'] ?? '';
  expect(policy).toContain("script-src 'self'");
  const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file = '']) => file);
  expect(files.filter((file) => file.endsWith('.js'))).toHaveLength(3);
  for (const file of files) {
    expect(file).not.toMatch(/^(?:https?:)?\/\//);
    const { status } = await api.get(new URL(file, `${api.url}/api/v1/docs`).pathname);
    expect([file, status]).toEqual([file, 200]);
  }
});
