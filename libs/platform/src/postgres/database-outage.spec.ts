import type { DataSource } from 'typeorm';
import { createDataSource } from '#platform/postgres/data-source.js';
import { SilentLog } from '#platform/logging/log.js';
import { createTestDatabase, execute, type TestDatabase } from '../../../../test/stack/databases.ts';
import { until } from '../../../../test/stack/until.ts';
import { isDatabaseOutage } from './database-outage.js';

let database: TestDatabase;
let source: DataSource;
beforeAll(async () => {
  database = await createTestDatabase();
  const options = { url: database.url, poolSize: 2, applicationName: 'loomi-test', entities: [], log: new SilentLog() };
  source = await createDataSource(options).initialize();
});
afterAll(async () => {
  await source.destroy();
  await database.drop();
});

const failureOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'none', (error: unknown) => error);

it('a connection that breaks between two statements of a transaction is an outage', async () => {
  const work = source.transaction(async (em) => {
    const [row] = await em.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
    await execute(database.url, `SELECT pg_terminate_backend(${row?.pid})`);
    await until('the break to be seen', 5000, () => em.queryRunner?.isReleased === true);
    await em.query('SELECT 1');
  });
  expect(isDatabaseOutage(await failureOf(work))).toBe(true);
});

it('a statement that is wrong is none', async () => {
  expect(isDatabaseOutage(await failureOf(source.query('SELECT no_such_column')))).toBe(false);
  expect(isDatabaseOutage(new Error('unexpected'))).toBe(false);
});
