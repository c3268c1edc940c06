import { DatabaseError } from 'pg';
import { MigrationExecutor, QueryFailedError, type DataSource } from 'typeorm';
import { recordAct } from '../operator/record-act.js';

export interface MigrateResult {
  applied: string[];
  partitions_made: string[];
  /** Days whose rows are already kept in the partition for the rest, so they stay there. */
  partitions_skipped: string[];
}

/** Any number that nothing else of this service locks. */
const MIGRATION_LOCK = 7_013_001;
const DAYS_AHEAD = 7;
const PARTITIONED = ['events', 'notifications'];

/**
 * Applies what is pending in one transaction, all or nothing, then makes the partitions of today and the coming days.
 * Of two at once, one waits for the other and finds nothing left to do.
 */
export async function migrate(database: DataSource, operator: string): Promise<MigrateResult> {
  const applied = await database.transaction(async (manager) => {
    await manager.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    const executor = new MigrationExecutor(database, manager.queryRunner);
    executor.transaction = 'all';
    const names = (await executor.executePendingMigrations()).map(({ name }) => name);
    if (names.length > 0) await recordAct(manager, operator, { act: 'migrate', target: 'schema', detail: { applied: names } });
    return names;
  });
  return { applied, ...(await makePartitions(database)) };
}

async function makePartitions(database: DataSource): Promise<Omit<MigrateResult, 'applied'>> {
  const days = await database.query<{ parent: string; day: string }[]>(
    `SELECT parent, ((loomi_now() AT TIME ZONE 'UTC')::date + ahead)::text AS day
     FROM unnest($1::text[]) AS parent, generate_series(0, $2::integer) AS ahead ORDER BY 1, 2`,
    [PARTITIONED, DAYS_AHEAD],
  );
  const result = { partitions_made: [] as string[], partitions_skipped: [] as string[] };
  for (const { parent, day } of days) {
    const outcome = await makePartition(database, parent, day);
    if (outcome === 'made') result.partitions_made.push(`${parent} ${day}`);
    if (outcome === 'skipped') result.partitions_skipped.push(`${parent} ${day}`);
  }
  return result;
}

async function makePartition(database: DataSource, parent: string, day: string): Promise<'made' | 'there' | 'skipped'> {
  try {
    const [row] = await database.query<{ made: boolean }[]>('SELECT add_partition($1, $2) AS made', [parent, day]);
    return row?.made ? 'made' : 'there';
  } catch (error) {
    const code = sqlState(error);
    // A processor made it at the same moment.
    if (code === '42P07') return 'there';
    // Rows of that day came while nobody had made its partition: they are safe where they are.
    if (code === '23514') return 'skipped';
    throw error;
  }
}

function sqlState(error: unknown): string | undefined {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : undefined;
  return cause instanceof DatabaseError ? cause.code : undefined;
}
