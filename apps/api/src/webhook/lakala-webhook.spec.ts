import { createPublicKey, generateKeyPairSync, randomInt, sign, X509Certificate } from 'node:crypto';
import { notification2021, notification2025, testPlatformPem } from '../../../../test/fixtures/lakala-vectors/real-messages.js';
import { selfSignedCertificate } from '../../../../test/fixtures/lakala-vectors/self-signed-certificate.js';
import { ApiUnderTest } from '../../test/api-under-test.js';

const WEBHOOK = '/api/v1/webhooks/lakala';
const SUCCESS = { code: 'SUCCESS', message: '执行成功' };
const SIGNED_AT_MS = 1_741_694_218_000;
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ownPem = selfSignedCertificate(publicKey, privateKey, '01ab');

let api: ApiUnderTest;

beforeAll(async () => {
  api = await ApiUnderTest.start({ env: { LAKALA_PLATFORM_CERT: `${testPlatformPem}\n${ownPem}` } });
});

beforeEach(async () => {
  api.clock.at = SIGNED_AT_MS;
  await api.owner.query('DELETE FROM notifications; DELETE FROM notification_keys');
});

afterAll(async () => {
  await api.stop();
});

function authorizationOf(body: string, atMs = SIGNED_AT_MS): string {
  const timestamp = String(Math.floor(atMs / 1000));
  const signature = sign('sha256', Buffer.from(`${timestamp}\nnonce0123456\n${body}\n`), privateKey).toString('base64');
  return `LKLAPI-SHA256withRSA timestamp="${timestamp}",nonce_str="nonce0123456",signature="${signature}"`;
}

const signed = (body: string, atMs?: number) =>
  api.post(WEBHOOK, { raw: body, headers: { authorization: authorizationOf(body, atMs) } });
const real = (headers: Readonly<Record<string, string>> = {}) =>
  api.post(WEBHOOK, {
    raw: notification2025.body,
    headers: { authorization: notification2025.authorization, ...headers },
  });

interface Kept {
  id: string;
  out_order_no: string;
  raw: Buffer;
  signed_text_prefix: string;
  signature: string;
  certificate: string;
}

async function inbox(): Promise<Kept[]> {
  return (await api.owner.query<Kept>('SELECT * FROM notifications ORDER BY id')).rows;
}

const message = (change: object = {}) =>
  JSON.stringify({ out_order_no: 'a1', merchant_no: 'm', pay_order_no: 'p', order_status: '2', total_amount: 1, ...change });

it('a real message is kept to the byte with all that proves it, and acknowledged', async () => {
  const answer = await real();
  expect([answer.status, answer.body]).toEqual([200, SUCCESS]);
  const [kept] = await inbox();
  expect(kept?.raw).toEqual(notification2025.body);
  expect(kept?.out_order_no).toBe('202020202028');
  const text = Buffer.concat([Buffer.from(kept?.signed_text_prefix ?? ''), kept?.raw ?? Buffer.alloc(0), Buffer.from('\n')]);
  const key = createPublicKey(new X509Certificate(kept?.certificate ?? '').publicKey.export({ type: 'spki', format: 'pem' }));
  const { verify } = await import('node:crypto');
  expect(verify('sha256', text, key, Buffer.from(kept?.signature ?? '', 'base64'))).toBe(true);
});

it('the older form is kept too', async () => {
  api.clock.at = Number(/timestamp="(\d+)"/.exec(notification2021.authorization)?.[1]) * 1000;
  const answer = await api.post(WEBHOOK, {
    raw: notification2021.body,
    headers: { authorization: notification2021.authorization },
  });
  expect(answer.status).toBe(200);
  expect(await inbox()).toHaveLength(1);
});

it.each(['text/plain', 'nonsense', 'application/json; charset=gbk', 'multipart/form-data'])(
  'the content type %s is as good as any',
  async (type) => {
    expect((await real({ 'content-type': type })).status).toBe(200);
  },
);

it('the same message again, even a hundred times at once and signed afresh, is acknowledged and kept once', async () => {
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, n) => signed(message(n % 2 ? { channel_id: String(n) } : {}), SIGNED_AT_MS - n * 1000)),
  );
  for (const answer of answers) expect([answer.status, answer.body]).toEqual([200, SUCCESS]);
  expect(await inbox()).toHaveLength(1);
});

it('another status, amount or order number is another message', async () => {
  for (const change of [{}, { order_status: '3' }, { total_amount: 2 }, { out_order_no: 'a2' }]) await signed(message(change));
  expect(await inbox()).toHaveLength(4);
});

it.each([
  ['a changed body', () => api.post(WEBHOOK, { raw: message({ total_amount: 2 }), headers: { authorization: authorizationOf(message()) } })],
  ['no header', () => api.post(WEBHOOK, { raw: message() })],
  ['another scheme', () => api.post(WEBHOOK, { raw: message(), headers: { authorization: 'Bearer x' } })],
  ['a signature too old', () => signed(message(), SIGNED_AT_MS - 301_000)],
  ['a signature from the future', () => signed(message(), SIGNED_AT_MS + 301_000)],
  ['no body', () => api.post(WEBHOOK, { headers: { authorization: authorizationOf(message()) } })],
])('%s is refused with 401, a counter and a log line without the body, and no row', async (_name, send) => {
  api.logLines.length = 0;
  const answer = await send();
  expect(answer.status).toBe(401);
  expect(answer.body).toMatchObject({ code: 'FAIL' });
  expect(await inbox()).toEqual([]);
  const lines = api.logLines.join('');
  expect(lines).toContain('notification_refused');
  expect(lines).not.toMatch(/out_order_no|signature=/);
});

it('what is signed and cannot be read is refused, so that Lakala sends it again', async () => {
  // Random letters, since an index may hold long text that compresses well.
  const endless = Array.from({ length: 1_500 }, () => String.fromCharCode(0x4e00 + randomInt(20_000))).join('');
  for (const body of ['{}', '[]', 'hello', message({ total_amount: 'x' }), message({ out_order_no: endless })]) {
    const answer = await signed(body);
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([400, 'FAIL']);
  }
  expect(await inbox()).toEqual([]);
});

it('a body beyond the limit is refused in the same form', async () => {
  const answer = await signed(message({ order_info: 'x'.repeat(70_000) }));
  expect([answer.status, (answer.body as { code: string }).code]).toEqual([413, 'FAIL']);
});
