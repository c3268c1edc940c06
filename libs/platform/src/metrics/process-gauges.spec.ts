import { createTestDatabase } from '../../../../test/stack/databases.ts';
import { until } from '../../../../test/stack/until.ts';
import { SilentLog } from '../logging/log.js';
import { createDataSource } from '../postgres/data-source.js';
import { registerPoolGauges } from '../postgres/pool-gauges.js';
import { registerRedisGauge } from '../redis/redis-gauge.js';
import { registerCertificateGauge } from './certificate-gauge.js';
import { Metrics } from './metrics.js';

const DAY_MS = 86_400_000;
let metrics: Metrics;

beforeEach(() => {
  metrics = new Metrics(false);
});

async function valueOf(sample: string): Promise<number> {
  const { text } = await metrics.exposition();
  const line = text.split('\n').find((one) => one.startsWith(`${sample} `));
  if (!line) throw new Error(`there is no ${sample} in\n${text}`);
  return Number(line.split(' ')[1]);
}

test('a pool is shown before it is open, while connections are busy and while somebody waits', async () => {
  const database = await createTestDatabase();
  const dataSource = createDataSource({ url: database.url, poolSize: 2, applicationName: 'test', entities: [], log: new SilentLog() });
  registerPoolGauges(metrics, dataSource, 2);
  expect(await valueOf('loomi_database_connections{state="busy"}')).toBe(0);
  expect(await valueOf('loomi_database_connections_max')).toBe(2);
  await dataSource.initialize();
  const sleeps = [1, 2, 3].map(() => dataSource.query('SELECT pg_sleep(1)'));
  await until('both connections to be busy', 5_000, async () => (await valueOf('loomi_database_connections{state="busy"}')) === 2);
  expect(await valueOf('loomi_database_waiting')).toBe(1);
  await Promise.all(sleeps);
  expect(await valueOf('loomi_database_connections{state="idle"}')).toBe(2);
  expect(await valueOf('loomi_database_waiting')).toBe(0);
  await dataSource.destroy();
  await database.drop();
});

test('Redis is connected only while commands can be sent', async () => {
  const redis = { status: 'reconnecting' as 'reconnecting' | 'ready' };
  registerRedisGauge(metrics, redis);
  expect(await valueOf('loomi_redis_connected')).toBe(0);
  redis.status = 'ready';
  expect(await valueOf('loomi_redis_connected')).toBe(1);
});

test('each certificate has its days left, below zero once it is over', async () => {
  const at = (days: number): Date => new Date(Date.now() + days * DAY_MS);
  registerCertificateGauge(metrics, () => [
    { owner: 'lakala', serial: '1a', validTo: at(30) },
    { owner: 'ours', serial: '2b', validTo: at(-2) },
  ]);
  expect(await valueOf('loomi_certificate_days_left{owner="lakala",serial="1a"}')).toBeCloseTo(30, 2);
  expect(await valueOf('loomi_certificate_days_left{owner="ours",serial="2b"}')).toBeCloseTo(-2, 2);
});
