import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { HeldLine } from '../../../../test/e2e/held-line.ts';
import { createTestDatabase, execute, urlForRole, type TestDatabase } from '../../../../test/stack/databases.ts';
import { startPostgres, type PostgresServer } from '../../../../test/stack/postgres.ts';
import { scratchFolder } from '../../../../test/stack/scratch.ts';
import { until } from '../../../../test/stack/until.ts';
import { createLog, SilentLog } from '../logging/log.js';
import { createDataSource, type PostgresOptions } from './data-source.js';
import { OLDEST_POSTGRES, openDataSource } from './open-data-source.js';

function options(url: string): PostgresOptions {
  return { url, poolSize: 3, applicationName: 'loomi-test', entities: [], log: new SilentLog() };
}

async function valueOf(dataSource: DataSource, sql: string): Promise<unknown> {
  const [row] = await dataSource.query<Record<string, unknown>[]>(sql);
  return Object.values(row ?? {})[0];
}

describe('createDataSource', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  const role = `role_${process.pid}`;
  beforeAll(async () => {
    database = await createTestDatabase();
    await execute(database.url, `CREATE ROLE ${role}`);
    dataSource = await createDataSource(options(urlForRole(database.url, role))).initialize();
  });
  afterAll(async () => {
    await dataSource.destroy();
    await execute(database.url, `DROP ROLE ${role}`);
    await database.drop();
  });

  test("the address's options reach the server: every connection acts as the role they name", async () => {
    expect(await valueOf(dataSource, 'SELECT current_user')).toBe(role);
  });

  test('a server that is too old is refused by its version, and left', async () => {
    const opened = await openDataSource(createDataSource(options(database.url)));
    await opened.destroy();
    const refused = createDataSource(options(database.url));
    await expect(openDataSource(refused, 99)).rejects.toThrow(/^PostgreSQL \d+\.\d+ is too old: 99 is the oldest that this service is made for$/);
    expect(refused.isInitialized).toBe(false);
    expect(OLDEST_POSTGRES).toBeLessThan(99);
  });

  test.each([
    ['statement_timeout', '15s'],
    ['idle_in_transaction_session_timeout', '10s'],
    ['application_name', 'loomi-test'],
  ])('%s is %s on every connection', async (name, value) => {
    expect(await valueOf(dataSource, `SHOW ${name}`)).toBe(value);
  });

  test('what is asked in one turn is written at once, and answered in its order', async () => {
    const runner = dataSource.createQueryRunner();
    const { connection } = (await runner.connect()) as Client;
    let writes = 0;
    const stream = connection.stream as Socket;
    const write = stream._writev?.bind(stream);
    stream._writev = (...call) => {
      writes += 1;
      write?.(...call);
    };
    const answers = await Promise.all([1, 2, 3].map((n) => runner.query('SELECT $1::int AS n', [n]) as Promise<{ n: number }[]>));
    expect(answers.map(([row]) => row?.n)).toEqual([1, 2, 3]);
    expect(writes).toBe(1);
    await runner.release();
  });

  test('an address may set an application name and limits of its own', async () => {
    const url = `${urlForRole(database.url, role)}&application_name=other&statement_timeout=7000`;
    const other = await createDataSource(options(url)).initialize();
    expect(await valueOf(other, 'SHOW application_name')).toBe('other');
    expect(await valueOf(other, 'SHOW statement_timeout')).toBe('7s');
    await other.destroy();
  });

  test('a statement beyond its limit is ended by the server', async () => {
    const hurried = await createDataSource({ ...options(database.url), statementTimeoutMs: 50 }).initialize();
    await expect(hurried.query('SELECT pg_sleep(20)')).rejects.toMatchObject({ code: '57014' });
    await hurried.destroy();
  });

  test('a migration may run without limit', async () => {
    const patient = await createDataSource({ ...options(database.url), statementTimeoutMs: 0 }).initialize();
    expect(await valueOf(patient, 'SHOW statement_timeout')).toBe('0');
    await patient.destroy();
  });

  test('bigint columns arrive as text', async () => {
    expect(await valueOf(dataSource, 'SELECT 9007199254740993::bigint')).toBe('9007199254740993');
  });

  test.each([
    [true, ['SELECT $1::int + 1 AS once']],
    [false, []],
  ])('with prepared statements %s, what was asked twice on a connection is prepared there: %j', async (preparedStatements, prepared) => {
    const source = await createDataSource({ ...options(database.url), poolSize: 1, preparedStatements }).initialize();
    const ask = async (value: number): Promise<unknown> =>
      (await source.query<{ once: number }[]>('SELECT $1::int + 1 AS once', [value]))[0]?.once;
    expect([await ask(1), await ask(2)]).toEqual([2, 3]);
    const rows = await source.query<{ statement: string }[]>("SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%once'");
    expect(rows.map(({ statement }) => statement)).toEqual(prepared);
    await source.destroy();
  });

  test('a statement that was refused is asked again like any other', async () => {
    const divide = (by: number): Promise<unknown[]> => dataSource.query('SELECT 6 / $1::int AS part', [by]);
    await expect(divide(0)).rejects.toThrow('division by zero');
    expect(await divide(2)).toEqual([{ part: 3 }]);
  });

  test('a query that fails leaves neither its text nor its parameters in the log', async () => {
    const lines: string[] = [];
    const log = createLog({ service: 'test', level: 'debug', destination: { write: (line) => lines.push(line) } });
    const source = await createDataSource({ ...options(database.url), log }).initialize();
    await expect(source.query("SELECT $1::text AS who, 1/0 AS planted_query", ['planted-parameter'])).rejects.toThrow();
    await source.destroy();
    expect(lines.join()).toContain('query_failed');
    expect(lines.join()).not.toMatch(/planted/);
  });
});

describe('a pool whose PostgreSQL restarts', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ dir: scratchFolder().subfolder('postgres'), durable: false });
  }, 30_000);
  afterAll(() => server.stop());

  test('works again without a restart of ours, whether it was idle or in the middle of a transaction', async () => {
    const lines: string[] = [];
    const log = createLog({ service: 'test', level: 'info', destination: { write: (line) => lines.push(line) } });
    const source = await createDataSource({ ...options(server.url), log }).initialize();
    const underWay = source.transaction(async (manager) => {
      await Promise.all([source.query('SELECT 1'), source.query('SELECT 2')]);
      await server.kill('SIGKILL');
      await manager.query('SELECT 3');
    });
    await expect(underWay).rejects.toThrow();
    // An idle connection may outlive the server's first process by a moment.
    await until('the pool to have noticed', 5000, async () =>
      source.query('SELECT 1').then(
        () => false,
        () => true,
      ),
    );
    await server.restart();
    await until('the pool to answer', 5000, async () =>
      source.query('SELECT 1').then(
        () => true,
        () => false,
      ),
    );
    expect(lines.join()).toContain('postgres_connection_lost');
    expect(lines.join()).not.toContain(new URL(server.url).password);
    await source.destroy();
  }, 30_000);
});

describe('a PostgreSQL that is gone without a word', () => {
  const SILENT_MS = 5100;
  let database: TestDatabase;
  let line: HeldLine;
  let source: DataSource;
  beforeAll(async () => {
    database = await createTestDatabase();
    line = new HeldLine(() => database.url);
    const { port } = new URL(await line.listen());
    const url = Object.assign(new URL(database.url), { hostname: '127.0.0.1', port }).href;
    source = await createDataSource({ ...options(url), statementTimeoutMs: 100 }).initialize();
  });
  afterAll(async () => {
    await source.destroy();
    await line.close();
    await database.drop();
  });

  test('costs each of its connections one statement, and none of them is used again', async () => {
    const select = (): Promise<unknown> => source.query('SELECT 1');
    await Promise.all([select(), select(), select()]);
    line.hold();
    const began = performance.now();
    const transaction = source.transaction((manager) => manager.query('SELECT 1'));
    const answers = await Promise.allSettled([select(), select(), transaction]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(performance.now() - began).toBeLessThan(1.5 * SILENT_MS);
    line.serveNewcomers();
    const again = performance.now();
    await Promise.all([select(), select(), select()]);
    expect(performance.now() - again).toBeLessThan(SILENT_MS / 2);
  }, 30_000);
});

describe('a PostgreSQL that goes down', () => {
  const [authenticated, ready] = [Buffer.from('R\0\0\0\x08\0\0\0\0', 'latin1'), Buffer.from('Z\0\0\0\x05I', 'latin1')];
  const reason = Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0', 'latin1');
  const farewell = Buffer.concat([Buffer.from([0x45, 0, 0, 0, reason.length + 4]), reason]);

  test('in the very moment it lets us in is a query that fails, and no crash', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      // All in one piece, so that nothing of ours runs between being let in and being thrown out.
      socket.once('data', () => socket.end(Buffer.concat([authenticated, ready, farewell])));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const source = createDataSource(options(`postgres://someone:secret@127.0.0.1:${port}/postgres`));
    await expect(source.initialize()).rejects.toThrow();
    server.close();
  });
});
