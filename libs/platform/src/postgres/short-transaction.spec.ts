import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import { createTestDatabase, execute, type TestDatabase } from '../../../../test/stack/databases.ts';
import { SilentLog } from '../logging/log.js';
import { createDataSource } from './data-source.js';
import { shortTransaction } from './short-transaction.js';

let database: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  await execute(database.url, 'CREATE TABLE notes (note text PRIMARY KEY)');
  const options = { url: database.url, poolSize: 1, applicationName: 'loomi-test', entities: [], log: new SilentLog() };
  dataSource = await createDataSource(options).initialize();
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});
beforeEach(() => dataSource.query('DELETE FROM notes'));

const note = (em: EntityManager, text: string): Promise<unknown> => em.query('INSERT INTO notes (note) VALUES ($1)', [text]);

async function notes(): Promise<string[]> {
  const rows = await dataSource.query<{ note: string }[]>('SELECT note FROM notes ORDER BY note');
  return rows.map((row) => row.note);
}

async function transactionId(em: EntityManager): Promise<string> {
  const [row] = await em.query<{ id: string }[]>('SELECT pg_current_xact_id()::text AS id');
  return row?.id ?? '';
}

describe('shortTransaction', () => {
  it('reads and writes in one transaction, which is committed', async () => {
    const [read, written] = await shortTransaction(dataSource, {
      read: transactionId,
      write: async (em, id, commit) => {
        const [again] = await Promise.all([transactionId(em), note(em, 'one'), note(em, 'two'), commit()]);
        return [id, again];
      },
    });
    expect(read).toBe(written);
    expect(await notes()).toEqual(['one', 'two']);
  });

  it('keeps nothing where a statement fails that travelled with the COMMIT, and tells why', async () => {
    const failing = shortTransaction(dataSource, {
      read: () => Promise.resolve(),
      write: (em, _, commit) => Promise.all([note(em, 'one'), note(em, 'one'), note(em, 'two'), commit()]),
    });
    await expect(failing).rejects.toMatchObject({ driverError: { code: '23505' } });
    expect(await notes()).toEqual([]);
  });

  it.each([
    ['reading', { read: () => Promise.reject(new Error('bad')), write: () => Promise.resolve() }],
    ['writing', {
      read: () => Promise.resolve(),
      write: async (em: EntityManager) => {
        await note(em, 'one');
        throw new Error('bad');
      },
    }],
  ])('keeps nothing where %s throws, and leaves a connection that others can use', async (_, transaction) => {
    await expect(shortTransaction(dataSource, transaction)).rejects.toThrow('bad');
    expect(await notes()).toEqual([]);
  });

  it('takes no statement after its COMMIT', async () => {
    const late = shortTransaction(dataSource, {
      read: () => Promise.resolve(),
      write: async (em, _, commit) => {
        await Promise.all([note(em, 'one'), commit()]);
        await note(em, 'late');
      },
    });
    await expect(late).rejects.toThrow('the transaction of this statement is over');
    expect(await notes()).toEqual(['one']);
  });

  it('takes no statement after its ROLLBACK', async () => {
    let late: Promise<unknown> = Promise.resolve();
    const failing = shortTransaction(dataSource, {
      read: () => Promise.resolve(),
      write: (em) => {
        late = nextTurn().then(() => note(em, 'late'));
        return Promise.reject(new Error('bad'));
      },
    });
    await expect(failing).rejects.toThrow('bad');
    await expect(late).rejects.toThrow();
    expect(await notes()).toEqual([]);
  });

  it('gives nobody a connection whose ROLLBACK failed', async () => {
    const noRollback = {
      createQueryRunner: () => {
        const runner = dataSource.createQueryRunner();
        const query = runner.query.bind(runner);
        runner.query = ((sql: string, values?: unknown[]) =>
          sql === 'ROLLBACK' ? Promise.reject(new Error('canceled')) : query(sql, values)) as typeof runner.query;
        return runner;
      },
    } as DataSource;
    const failing = shortTransaction(noRollback, { read: transactionId, write: () => Promise.reject(new Error('bad')) });
    await expect(failing).rejects.toThrow('bad');
    await note(dataSource.manager, 'next');
    await execute(database.url, `DO $$ BEGIN ASSERT EXISTS (SELECT 1 FROM notes WHERE note = 'next'); END $$`);
  });
});
