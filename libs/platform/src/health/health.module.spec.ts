import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../test/stack/databases.ts';
import { startRedis, type RedisServer } from '../../../../test/stack/redis.ts';
import { scratchFolder } from '../../../../test/stack/scratch.ts';
import { until } from '../../../../test/stack/until.ts';
import { SilentLog } from '../logging/log.js';
import { createDataSource } from '../postgres/data-source.js';
import { createRedis, type RedisClient } from '../redis/redis.js';
import { ShutdownState } from '../shutdown/shutdown-state.js';
import { loopsIndicator, postgresIndicator, redisIndicator, type HealthIndicator } from './health-indicator.js';
import { HealthModule } from './health.module.js';

const never = new Promise<never>(() => undefined);

async function serving(indicators: readonly HealthIndicator[]): Promise<NestFastifyApplication> {
  const module = await Test.createTestingModule({ imports: [HealthModule.register({ indicators })] }).compile();
  const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

async function ask(app: NestFastifyApplication, path: string): Promise<{ status: number; body: unknown }> {
  const { statusCode, body } = await app.inject({ method: 'GET', url: path });
  return { status: statusCode, body: JSON.parse(body) as unknown };
}

describe('health over real PostgreSQL and Redis', () => {
  let database: TestDatabase;
  let redisServer: RedisServer;
  let app: NestFastifyApplication;
  let dataSource: DataSource;
  let redis: RedisClient;
  const log = new SilentLog();

  beforeAll(async () => {
    [database, redisServer] = await Promise.all([
      createTestDatabase(),
      startRedis({ dir: scratchFolder().subfolder('redis') }),
    ]);
    dataSource = createDataSource({ url: database.url, poolSize: 1, applicationName: 'health', entities: [], log });
    await dataSource.initialize();
    redis = createRedis(redisServer.url, { name: 'health', role: 'commands', log });
    await until('the connection', 5000, () => redis.status === 'ready');
    app = await serving([postgresIndicator(dataSource), redisIndicator(redis, 'degraded')]);
  }, 60_000);
  afterAll(async () => {
    await app.close();
    redis.disconnect();
    await redisServer.stop();
    if (dataSource.isInitialized) await dataSource.destroy();
    await database.drop();
  });

  // One story in order: each step takes something away.
  test('ready follows what the process depends on', async () => {
    const all = { status: 'ok', checks: { postgres: { status: 'up' }, redis: { status: 'up' } } };
    expect(await ask(app, '/health/ready')).toEqual({ status: 200, body: all });
    expect(await ask(app, '/health')).toEqual({ status: 200, body: all });

    await redisServer.kill('SIGKILL');
    const withoutRedis = { status: 'degraded', checks: { postgres: { status: 'up' }, redis: { status: 'degraded' } } };
    expect(await ask(app, '/health/ready')).toEqual({ status: 200, body: withoutRedis });

    await dataSource.destroy();
    const withoutBoth = { status: 'unavailable', checks: { postgres: { status: 'down' }, redis: { status: 'degraded' } } };
    expect(await ask(app, '/health/ready')).toEqual({ status: 503, body: withoutBoth });
    expect(await ask(app, '/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });
});

describe('health', () => {
  let app: NestFastifyApplication;
  afterEach(() => app.close());

  test('a process that shuts down is alive and unready', async () => {
    app = await serving([postgresIndicator({ query: async () => [] })]);
    app.get(ShutdownState).begin();
    expect(await ask(app, '/health/ready')).toEqual({
      status: 503,
      body: { status: 'unavailable', checks: { shutdown: { status: 'down' } } },
    });
    expect((await ask(app, '/health/live')).status).toBe(200);
  });

  test('an indicator that throws is down, and what it threw stays inside', async () => {
    app = await serving([{ name: 'postgres', check: () => Promise.reject(new Error('postgres://u:p@db')) }]);
    expect(await ask(app, '/health/ready')).toEqual({
      status: 503,
      body: { status: 'unavailable', checks: { postgres: { status: 'down' } } },
    });
  });

  test('a database that is silent counts as down within its limit, and is asked one question at a time', async () => {
    let questions = 0;
    const silent = {
      query: () => {
        questions += 1;
        return never;
      },
    };
    app = await serving([postgresIndicator(silent, 20)]);
    expect((await ask(app, '/health/ready')).status).toBe(503);
    expect((await ask(app, '/health/ready')).status).toBe(503);
    expect(questions).toBe(1);
  });

  test('a loop that has not turned for too long makes the process unready', async () => {
    const loops = [{ sinceLastTurnMs: 10 }, { sinceLastTurnMs: 59_000 }];
    app = await serving([loopsIndicator(loops)]);
    expect(await ask(app, '/health/ready')).toMatchObject({ status: 200, body: { checks: { loops: { status: 'up' } } } });
    loops[1] = { sinceLastTurnMs: 61_000 };
    expect(await ask(app, '/health/ready')).toMatchObject({
      status: 503,
      body: { status: 'unavailable', checks: { loops: { status: 'down', oldest_turn_seconds: 61 } } },
    });
  });

  test('indicators can be made of what is injected', async () => {
    const imports = [{ module: class Holder {}, providers: [{ provide: 'N', useValue: 61_000 }], exports: ['N'] }];
    const indicators = (sinceLastTurnMs: number): HealthIndicator[] => [loopsIndicator([{ sinceLastTurnMs }])];
    const module = await Test.createTestingModule({
      imports: [HealthModule.register({ imports, inject: ['N'], indicators })],
    }).compile();
    app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
    await app.init();
    expect((await ask(app, '/health/ready')).status).toBe(503);
  });
});
