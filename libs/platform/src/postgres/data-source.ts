import type { EventEmitter } from 'node:events';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { Log } from '../logging/log.js';
import { TypeormLog } from './typeorm-log.js';

/** What {@link createDataSource} needs to know. */
export interface PostgresOptions {
  readonly url: string;
  readonly poolSize: number;
  /** Shows in `pg_stat_activity`: `loomi-api`, `loomi-processor`, `loomi-admin`. */
  readonly applicationName: string;
  readonly entities: DataSourceOptions['entities'];
  readonly migrations?: DataSourceOptions['migrations'];
  readonly log: Log;
  /** 15 000 when left out; 0 for no limit, as a migration that builds an index needs. */
  readonly statementTimeoutMs?: number;
}

const STATEMENT_TIMEOUT_MS = 15_000;
// Ours ends a statement whose server is gone without a word; the server's own limit has then had its chance.
const SILENT_SERVER_MARGIN_MS = 5000;
// No transaction waits for anything but its own statements; one that does holds row locks that others need.
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 3000;
// A connection that a dead network left behind leaves the pool at the latest after this.
const MAX_CONNECTION_AGE_SECONDS = 300;

/**
 * A data source, not yet initialised, that creates nothing by itself (`synchronize` is off, migrations run when told).
 * Its pool drops broken connections and opens new ones, so it survives a restart of PostgreSQL. Parameters in the
 * address, such as `options=-c role=…`, win over the ones set here. bigint columns arrive as strings: `toSafeInteger`.
 */
export function createDataSource(options: PostgresOptions): DataSource {
  const { url, poolSize, applicationName, entities, migrations = [], log } = options;
  const statementTimeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
  return new DataSource({
    type: 'postgres',
    url,
    poolSize,
    applicationName,
    entities,
    migrations,
    synchronize: false,
    migrationsRun: false,
    installExtensions: false,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    logger: new TypeormLog(log),
    poolErrorHandler: (error: unknown) => log.warn('postgres_connection_lost', { name: applicationName, error }),
    extra: {
      onConnect: neverUnheard,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs === 0 ? 0 : statementTimeoutMs + SILENT_SERVER_MARGIN_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      maxLifetimeSeconds: MAX_CONNECTION_AGE_SECONDS,
    },
  });
}

/**
 * Between the pool's own listener and TypeORM's a connection has none for a moment: one that the server ends right then
 * would end the process. Heard here it is only unusable, which its next query says.
 */
function neverUnheard(connection: EventEmitter): void {
  connection.on('error', () => undefined);
}
