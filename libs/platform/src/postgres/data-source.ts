import type { Socket } from 'node:net';
import type { Client } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { Log } from '../logging/log.js';
import { writeTogether } from './one-write.js';
import { prepareStatements } from './prepared-statements.js';
import { promiseResults } from './query-promises.js';
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
  /** Whether statements are prepared once a connection: true when left out. */
  readonly preparedStatements?: boolean;
}

const STATEMENT_TIMEOUT_MS = 15_000;
// A server that says nothing for so long beyond its own limit is gone. Longer than the 10 s after which the pool lets an
// idle connection go, so that only one with a statement under way can be silent that long.
const SILENT_SERVER_MARGIN_MS = 5000;
// No transaction waits for anything but its own statements; one that does holds row locks that others need.
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 3000;
// After the address was led to another server, nobody keeps to the old one for longer.
const MAX_CONNECTION_AGE_SECONDS = 300;

/**
 * A data source, not yet initialised, that creates nothing by itself (`synchronize` is off, migrations run when told).
 * Its pool drops broken connections and opens new ones, so it survives a restart of PostgreSQL. Parameters in the
 * address, such as `options=-c role=…`, win over the ones set here. bigint columns arrive as strings: `toSafeInteger`.
 */
export function createDataSource(options: PostgresOptions): DataSource {
  const { url, poolSize, applicationName, entities, migrations = [], log, preparedStatements = true } = options;
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
      onConnect: (connection: Client) => {
        neverUnheard(connection);
        promiseResults(connection);
        writeTogether(connection);
        if (preparedStatements) prepareStatements(connection);
        if (statementTimeoutMs > 0) leaveWhenSilent(connection, statementTimeoutMs + SILENT_SERVER_MARGIN_MS);
      },
      // What is asked at once on one connection goes at once, and is answered in that order.
      pipeline: true,
      statement_timeout: statementTimeoutMs,
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
function neverUnheard(connection: Client): void {
  connection.on('error', () => undefined);
}

/**
 * Ends a connection whose server is gone without a word: a host that died sends no farewell, and the network finds out
 * after a quarter of an hour. pg's own `query_timeout` fails the query but leaves its connection in the pool, where each
 * later query waits behind the lost one, and a transaction that could not be rolled back stays open under the next user.
 */
function leaveWhenSilent(connection: Client, limitMs: number): void {
  const socket = connection.connection.stream as Socket;
  socket.setTimeout(limitMs, () => {
    socket.destroy(Object.assign(new Error(`PostgreSQL was silent for ${limitMs} ms`), { code: 'ETIMEDOUT' }));
  });
}
