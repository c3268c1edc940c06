import { request, type ClientRequest } from 'node:http';
import { connect } from 'node:net';
import type { PoolClient } from 'pg';
import { Metrics } from '#platform/metrics/metrics.js';
import { notification2025 } from '../../../../test/fixtures/lakala-vectors/real-messages.js';
import { until } from '../../../../test/stack/until.ts';
import { ApiUnderTest } from '../../test/api-under-test.js';

const ORDERS = '/api/v1/payment-orders';
/** More than may stay inside while nobody is served. */
const MANY = 300;
const PATIENCE_MS = 20_000;

let api: ApiUnderTest;
let blocker: PoolClient;
let appId: string;
let key: string;
let waiting: Promise<number>[];
let turnedAway: number;

beforeEach(async () => {
  // Each statement that waits for the lock holds a connection, and the others need some too.
  api = await ApiUnderTest.start({ env: { DATABASE_POOL_SIZE: '60' } });
  api.clock.at = 1_741_694_218_000;
  ({ appId, key } = await api.newApp());
  waiting = [];
  turnedAway = 0;
  blocker = await api.owner.connect();
  await blocker.query('BEGIN');
  await blocker.query('LOCK TABLE payment_orders IN ACCESS EXCLUSIVE MODE');
});

afterEach(async () => {
  await blocker.query('ROLLBACK');
  blocker.release();
  await api.stop();
});

const create = (id: string) =>
  api.post(ORDERS, { key, body: { app_id: appId, merchant_order_id: id, amount: 1, order_type: 'payment', subject: 's' } });
const show = (id: string) => api.get(`${ORDERS}/${id}?app_id=${appId}`, { key });

/** So many at once, while the table is locked: whoever is let in waits. */
function send(ask: typeof create, prefix: string, count: number): void {
  const answers = Array.from({ length: count }, async (_, index) => {
    const { status, body } = await ask(`${prefix}-${index}`);
    if (isTurnedAway(body)) turnedAway += 1;
    return status;
  });
  waiting.push(...answers);
}

/** By admission: the pool of connections, too, is a 503 in the end, for those who have waited for one. */
function isTurnedAway(body: unknown): boolean {
  return (body as { detail?: string }).detail?.startsWith('More requests wait than can be served just now') ?? false;
}

/** Sends more, one by one, until one is turned away. */
async function fill(ask: typeof create, atOnce = MANY): Promise<void> {
  send(ask, 'first', atOnce);
  await until('one to be turned away', PATIENCE_MS, () => {
    if (turnedAway === 0) send(ask, `more-${waiting.length}`, 1);
    return turnedAway > 0;
  });
}

async function served(): Promise<number[]> {
  await blocker.query('COMMIT');
  return Promise.all(waiting);
}

async function notify(): Promise<number> {
  const { authorization, body } = notification2025;
  const answer = await fetch(`${api.url}/api/v1/webhooks/lakala`, { method: 'POST', headers: { authorization }, body });
  await answer.body?.cancel();
  return answer.status;
}

it('creates that would wait for too long are turned away at once, and who was let in is served', async () => {
  await fill(create);
  const refused = await create('one-more');
  expect(refused.status).toBe(503);
  expect(isTurnedAway(refused.body)).toBe(true);
  expect(refused.headers['retry-after']).toBe('2');
  expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(refused.body).toMatchObject({ code: 'service_unavailable', request_id: refused.headers['x-request-id'] });
  const accepted = (await served()).filter((status) => status !== 503);
  expect(new Set(accepted)).toEqual(new Set([202]));
  const { rows } = await api.owner.query<{ count: number }>('SELECT count(*)::int AS count FROM payment_orders');
  expect(rows[0]?.count).toBe(accepted.length);
  expect((await create('one-more')).status).toBe(202);
});

it('while creates are turned away, notifications are kept, questions answered, and health is good', async () => {
  await fill(create);
  expect(await notify()).toBe(200);
  expect((await api.get(`/api/v1/events?app_id=${appId}`, { key })).status).toBe(200);
  expect((await api.get('/health/ready')).status).toBe(200);
  await served();
});

it('while questions are turned away, notifications are kept and health is good', async () => {
  await fill(show);
  expect(await notify()).toBe(200);
  expect((await api.get('/health')).status).toBe(200);
  expect(new Set(await served())).toEqual(new Set([404, 503]));
});

it('who was turned away is counted by door, and fills no log', async () => {
  await fill(create);
  await served();
  const lines = api.logLines.map((line) => JSON.parse(line) as { status?: number });
  expect(lines.filter(({ status }) => status === 503)).toEqual([]);
  expect((await api.app.get(Metrics).exposition()).text).toContain(`loomi_turned_away_total{door="creates"} ${turnedAway}`);
});

it('who hangs up makes room for another', async () => {
  const callers = Array.from({ length: MANY }, (_, index) => openCreate(`gone-${index}`));
  await fill(create, 0);
  callers.forEach((caller) => caller.destroy());
  await expectRoom();
});

it('who hangs up after many requests on one connection makes room for as many', async () => {
  const { hostname, port } = new URL(api.url);
  const caller = connect(Number(port), hostname);
  caller.write(Array.from({ length: MANY }, (_, index) => createText(`gone-${index}`)).join(''));
  await fill(create, 0);
  caller.destroy();
  await expectRoom();
});

/** Once the API has noticed that those who hung up are gone. */
async function expectRoom(): Promise<void> {
  await until('the API to notice', PATIENCE_MS, async () => (await openConnections()) < waiting.length);
  send(create, 'after', 1);
  // Before anybody else leaves: what was sent later is answered, so it was at the door.
  for (let later = 0; later < 3; later += 1) expect((await api.get('/health')).status).toBe(200);
  const statuses = await served();
  expect(statuses.at(-1)).toBe(202);
}

function createText(id: string): string {
  const body = JSON.stringify({ app_id: appId, merchant_order_id: id, amount: 1, order_type: 'payment', subject: 's' });
  const head = ['Host: pay.test', `Authorization: Bearer ${key}`, 'Content-Type: application/json', `Content-Length: ${body.length}`];
  return `POST ${ORDERS} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n${body}`;
}

function openCreate(id: string): ClientRequest {
  const body = JSON.stringify({ app_id: appId, merchant_order_id: id, amount: 1, order_type: 'payment', subject: 's' });
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': body.length };
  const caller = request(`${api.url}${ORDERS}`, { method: 'POST', headers, agent: false });
  // Hanging up is what they are for.
  caller.on('error', () => undefined);
  caller.end(body);
  return caller;
}

function openConnections(): Promise<number> {
  const server = api.app.getHttpServer();
  return new Promise((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count))));
}
