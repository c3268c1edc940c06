import { once } from 'node:events';
import { connect } from 'node:net';
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

function create(id: string, connection: 'close' | 'keep-alive'): string {
  const body = JSON.stringify({ app_id: appId, merchant_order_id: id, amount: 1, order_type: 'payment', subject: 'a sale' });
  const headers = ['Host: x', `Authorization: Bearer ${key}`, 'Content-Type: application/json', `Content-Length: ${body.length}`];
  return ['POST /api/v1/payment-orders HTTP/1.1', ...headers, `Connection: ${connection}`, '', body].join('\r\n');
}

/** The status of every answer on one connection, until the service hangs up. */
async function statuses(text: string): Promise<string[]> {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  socket.write(text);
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  await once(socket, 'close');
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status = '']) => status);
}

it.each(['close', 'keep-alive'] as const)('an order is answered with 202 whatever follows it on its connection (%s)', async (connection) => {
  for (const [number, rest] of ['nonsense\r\n\r\n', '\u0000', 'GET / HTTP/9.9\r\n\r\n'].entries()) {
    expect(await statuses(create(`followed-${connection}-${number}`, connection) + rest)).toEqual(['202']);
  }
});

it('a body that breaks off into nonsense is refused and makes nothing', async () => {
  const chunked = create('broken', 'close').replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked').replace('\r\n\r\n{', '\r\n\r\nzz\r\n{');
  expect(await statuses(chunked)).toEqual(['400']);
  expect((await api.get(`/api/v1/payment-orders/broken?app_id=${appId}`, { key })).status).toBe(404);
});

it('who asks for another protocol is answered, and then hung up on', async () => {
  const upgrade = 'GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
  expect(await statuses(upgrade)).toEqual(['200']);
  expect(await statuses(`${upgrade}GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`)).toEqual(['200']);
});
