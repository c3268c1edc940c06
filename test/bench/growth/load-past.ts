import { join } from 'node:path';
import pg from 'pg';
import { APPS, lifeOf, type Past } from './life.ts';
import { EVENT_DAYS, FILLINGS, INBOX_DAYS, type TableName } from './tables.ts';

const PRINT_ROWS = join(import.meta.dirname, 'print-rows.ts');
const DAY_MS = 86_400_000;
/** Not more: each keeps a processor busy, and the program that makes the rows half of another. */
const AT_A_TIME = 2;
/** Longest first, so that both lanes end together. */
const ORDER: readonly TableName[] = ['payment_orders', 'outcomes', 'gateway_attempts', 'trades', 'events', 'notification_keys', 'notifications'];

/** Of a table and its partitions: as dropped, but for their definitions, the constraints that stand on them, and foreign keys. */
const LEAVE_INDEXES = `UPDATE pg_index SET indisready = false, indisvalid = false
  WHERE indrelid IN (SELECT relid FROM pg_partition_tree($1::regclass) WHERE isleaf)`;

/**
 * Fills a migrated, empty database, given by its owner's URL, with the past of a service: all tables by COPY, then VACUUM
 * and ANALYZE. The server runs the program that makes the rows, so it has to be a local one, and the owner its superuser.
 */
export async function loadPast(databaseUrl: string, past: Past, say: (line: string) => void): Promise<void> {
  await connected(databaseUrl, (client) => prepare(client, past));
  const waiting = [...ORDER];
  const lane = async (): Promise<void> => {
    for (let table = waiting.shift(); table !== undefined; table = waiting.shift()) {
      const name = table;
      const beganMs = performance.now();
      const count = await connected(databaseUrl, (client) => fill(client, name, past));
      say(`    ${name}: ${count} rows in ${((performance.now() - beganMs) / 1_000).toFixed(0)} s`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, lane));
  await connected(databaseUrl, (client) => finish(client, past));
}

/** The apps, and a partition for each day of which something is still kept. */
async function prepare(client: pg.Client, past: Past): Promise<void> {
  await client.query('INSERT INTO apps (app_id) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING', [APPS]);
  await client.query(`SET timezone = 'UTC'`);
  const oldestMs = lifeOf(past, 0).createdMs;
  for (const [table, days] of [['events', EVENT_DAYS], ['notifications', INBOX_DAYS]] as const) {
    const fromMs = Math.max(oldestMs, past.untilMs - days * DAY_MS);
    await client.query(
      `SELECT add_partition($1, day::date) FROM generate_series(to_timestamp($2)::date, to_timestamp($3)::date, interval '1 day') day`,
      [table, fromMs / 1_000, past.untilMs / 1_000],
    );
  }
}

async function fill(client: pg.Client, table: TableName, past: Past): Promise<number> {
  // What is loaded was judged when it happened: no trigger looks at it, neither the guards nor those of the foreign keys.
  await client.query('SET session_replication_role = replica');
  const program = [process.execPath, PRINT_ROWS, table, JSON.stringify(past)].map(quoted).join(' ');
  const columns = FILLINGS[table].columns.join(', ');
  await client.query(LEAVE_INDEXES, [table]);
  const { rowCount } = await client.query(`COPY ${table} (${columns}) FROM PROGRAM ${pg.escapeLiteral(program)}`);
  // It sorts once what would else be looked up for each row, finds what is there twice, and takes the indexes into use again.
  await client.query(`REINDEX TABLE ${table}`);
  return rowCount ?? 0;
}

/** What is written from now on comes after it. */
async function finish(client: pg.Client, past: Past): Promise<void> {
  await client.query(`SELECT setval('event_positions', $1)`, [2 * past.orders]);
  await client.query(`UPDATE event_log_head SET entry_ms = last.entry_ms, entry_seq = last.entry_seq
    FROM (SELECT entry_ms, entry_seq FROM events ORDER BY entry_ms DESC, entry_seq DESC LIMIT 1) last`);
  for (const table of ORDER) await client.query(`VACUUM (ANALYZE) ${table}`);
}

async function connected<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** As a shell takes it literally. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
