import type { Client } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';

/** What a {@link shortTransaction} does between its two ends. */
export interface ShortTransaction<Found, Result> {
  /** Asks for what is to be known first; the statements it sends at once go together with the BEGIN. */
  readonly read: (em: EntityManager) => Promise<Found>;
  /** Does the rest. Calls `commit` after its last statements, without waiting for them, and waits for all of it together. */
  readonly write: (em: EntityManager, found: Found, commit: () => Promise<void>) => Promise<Result>;
}

/**
 * A transaction whose BEGIN travels to the server with its first statements, and whose COMMIT with its last: each journey
 * less is a wake-up less of both sides. Resolves once it is committed. Of a transaction in which a statement failed the server
 * makes a COMMIT a rollback, and this rejects with that statement's error. After COMMIT or ROLLBACK it takes no statement.
 */
export async function shortTransaction<Found, Result>(
  dataSource: DataSource,
  { read, write }: ShortTransaction<Found, Result>,
): Promise<Result> {
  const runner = dataSource.createQueryRunner();
  const query = runner.query.bind(runner);
  const close = (): void => {
    runner.query = () => Promise.reject(new Error('the transaction of this statement is over'));
  };
  let connection: Client | undefined;
  try {
    connection = (await runner.connect()) as Client;
    // A server may cancel a BEGIN as any other statement: nothing is written before it is known to have succeeded.
    const [, found] = await Promise.all([query('BEGIN'), read(runner.manager)]);
    const commit = async (): Promise<void> => {
      close();
      await query('COMMIT');
    };
    return await write(runner.manager, found, commit);
  } catch (error) {
    close();
    // What went wrong first is what is told. A connection that may still be in the transaction is nobody's any more: what the
    // next one wrote on it would not be committed.
    await query('ROLLBACK').catch(() => void connection?.end().catch(() => undefined));
    throw error;
  } finally {
    await runner.release();
  }
}
