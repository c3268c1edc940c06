import { setTimeout as delay } from 'node:timers/promises';
import { notification2025 } from '../../../test/fixtures/lakala-vectors/real-messages.js';
import { createTestDatabase, urlForRole, type TestDatabase } from '../../../test/stack/databases.ts';
import { until } from '../../../test/stack/until.ts';
import { ApiUnderTest } from '../test/api-under-test.js';
import { TcpProxy } from '../test/tcp-proxy.js';

let api: ApiUnderTest;
let postgres: TcpProxy;
let redis: TcpProxy;
let database: TestDatabase;
let appId: string;
let key: string;

beforeEach(async () => {
  database = await createTestDatabase();
  postgres = await TcpProxy.before(urlForRole(database.url, 'loomi_api'));
  redis = await TcpProxy.before(process.env.TEST_REDIS_URL ?? '');
});

afterEach(async () => {
  await api.stop();
  await postgres.close();
  await redis.close();
  await database.drop();
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  api = await ApiUnderTest.start({ env, database, databaseUrl: postgres.url, redisUrl: redis.url });
  ({ appId, key } = await api.newApp());
}

const create = (id: string) =>
  api.post('/api/v1/payment-orders', {
    key,
    body: { app_id: appId, merchant_order_id: id, amount: 1, order_type: 'payment', subject: 's' },
  });
const ready = () => api.get('/health/ready');

it('a database that is away is a 503 with Retry-After, and the same request finds what the first one made', async () => {
  await start();
  const first = await create('kept');
  await postgres.close();
  for (const answer of [await create('kept'), await api.get(`/api/v1/events?app_id=${appId}`, { key })]) {
    expect(answer.status).toBe(503);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(answer.body).toMatchObject({ code: 'service_unavailable' });
  }
  expect((await ready()).status).toBe(503);
  expect((await api.get('/health/live')).status).toBe(200);
  await postgres.open();
  await until('the service to be back', 5000, async () => (await ready()).status === 200);
  const again = await create('kept');
  expect(again.status).toBe(202);
  expect(again.body).toEqual(first.body);
});

it('a notification that cannot be kept is a 503 FAIL', async () => {
  await start();
  await postgres.close();
  api.clock.at = 1_741_694_218_000;
  const answer = await api.post('/api/v1/webhooks/lakala', {
    raw: notification2025.body,
    headers: { authorization: notification2025.authorization },
  });
  expect(answer.status).toBe(503);
  expect(answer.body).toMatchObject({ code: 'FAIL' });
});

it('a database that is silent is a 503 in a few seconds, not a request that hangs', async () => {
  await start();
  postgres.silence();
  await postgres.close();
  await postgres.open();
  const began = performance.now();
  expect((await create('silent')).status).toBe(503);
  expect(performance.now() - began).toBeLessThan(6000);
});

it('connections that the server ends are replaced, and a request they were serving is a 503', async () => {
  await start();
  await create('one');
  await api.owner.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'loomi-api' AND datname = current_database()");
  await until('a new connection', 3000, async () => (await create('one')).status === 202);
  const blocker = await api.owner.connect();
  await blocker.query('BEGIN');
  await blocker.query('LOCK TABLE payment_orders IN ACCESS EXCLUSIVE MODE');
  const waiting = create('two');
  await until('the statement to wait', 3000, async () => {
    const { rows } = await api.owner.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%INSERT%'
       AND application_name = 'loomi-api' AND datname = current_database()`,
    );
    return rows.length > 0;
  });
  expect((await waiting).status).toBe(503);
  await blocker.query('ROLLBACK');
  blocker.release();
});

it('a server that only reads, as after a failover, is a 503 for what writes', async () => {
  await start();
  const name = new URL(database.url).pathname.slice(1);
  await api.owner.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  await api.owner.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'loomi-api' AND datname = current_database()");
  const read = () => api.get(`/api/v1/payment-orders?app_id=${appId}`, { key });
  // A request may still meet a connection that was just ended.
  await until('an answer of a new connection', 3000, async () => (await read()).status === 200);
  expect((await create('read-only')).status).toBe(503);
  expect((await read()).status).toBe(200);
});

it('a process that starts before its database serves once it is there', async () => {
  await postgres.close();
  api = await ApiUnderTest.start({ database, databaseUrl: postgres.url, redisUrl: redis.url });
  ({ appId, key } = await api.newApp());
  expect((await create('early')).status).toBe(503);
  expect((await ready()).status).toBe(503);
  await postgres.open();
  await until('the service to be ready', 5000, async () => (await ready()).status === 200);
  expect((await create('early')).status).toBe(202);
});

it('without Redis orders are accepted as fast as ever, and health says degraded with 200', async () => {
  await start();
  await redis.close();
  await until('health to notice', 3000, async () => ((await ready()).body as { status: string }).status === 'degraded');
  expect((await ready()).status).toBe(200);
  const began = performance.now();
  for (let n = 0; n < 10; n += 1) expect((await create(`no-redis-${n}`)).status).toBe(202);
  expect(performance.now() - began).toBeLessThan(2000);
});

it('a silent Redis delays no answer', async () => {
  await start();
  await create('before');
  redis.silence();
  const began = performance.now();
  for (let n = 0; n < 10; n += 1) expect((await create(`silent-${n}`)).status).toBe(202);
  expect(performance.now() - began).toBeLessThan(1000);
});

it('what is under way when the process stops is answered', async () => {
  await start();
  const blocker = await api.owner.connect();
  await blocker.query('BEGIN');
  await blocker.query('LOCK TABLE payment_orders IN ACCESS EXCLUSIVE MODE');
  const waiting = create('last');
  await until('the request to wait for the lock', 3000, async () => {
    const { rows } = await api.owner.query("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%INSERT%' AND datname = current_database()");
    return rows.length > 0;
  });
  const closed = api.app.close();
  await delay(100);
  await blocker.query('COMMIT');
  blocker.release();
  expect((await waiting).status).toBe(202);
  await closed;
});
