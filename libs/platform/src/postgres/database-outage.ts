import { types } from 'node:util';

/** SQLSTATEs that say "not now" and nothing about the statement; see PostgreSQL's appendix A. */
const OUTAGE_CLASSES = [
  '08', // connection exceptions
  '28', // the server does not let us in (a restart with other credentials)
  '3D', // our database is not there (yet)
  '53', // out of connections, memory or disk
  '57', // shutdown, crash, start-up, statement timeout
  '40', // serialization failure, deadlock: the same again may pass
];
const OUTAGE_STATES = [
  '25006', // a standby is read-only: a failover is under way
  '55P03', // a lock was not to be had in time
  '25P03', // an idle transaction was ended by the server
];
const NODE_CODES =
  /^(?:ECONN(?:REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT|EADDRNOTAVAIL)$/;
/** What pg and TypeORM throw without a code when the connection, not the statement, is the trouble. */
const CODELESS_MESSAGE =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client (?:was closed|has encountered a connection error)|The server does not support SSL|Driver not Connected|Cannot use a pool after calling end)|[Cc]onnection .*(?:is not established|is not initialized|not yet established)/;
/** TypeORM's own, without a cause: its connection broke before this statement, in the midst of a transaction for instance. */
const TYPEORM_NAMES = [
  'CannotExecuteNotConnectedError',
  'QueryRunnerAlreadyReleasedError',
  'QueryRunnerProviderAlreadyReleasedError',
];

// An error may be its own cause.
const MAX_CAUSES = 4;

/** Whether the database could not be reached or would not serve just now, so that the same request may succeed later. */
export function isDatabaseOutage(error: unknown, causesLeft = MAX_CAUSES): boolean {
  if (!types.isNativeError(error) || causesLeft === 0) return false;
  const code: unknown = 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && code !== '') {
    if (NODE_CODES.test(code) || OUTAGE_STATES.includes(code)) return true;
    if (/^[0-9A-Z]{5}$/.test(code) && OUTAGE_CLASSES.includes(code.slice(0, 2))) return true;
  }
  if (CODELESS_MESSAGE.test(error.message) || TYPEORM_NAMES.includes(error.name)) return true;
  const inner: unknown = 'driverError' in error ? error.driverError : error.cause;
  return inner !== undefined && inner !== error && isDatabaseOutage(inner, causesLeft - 1);
}
