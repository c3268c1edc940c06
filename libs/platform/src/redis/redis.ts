import { Redis, type Cluster, type RedisOptions } from 'ioredis';
import type { Log } from '../logging/log.js';
import { createCluster } from './cluster.js';
import { redisPlace } from './redis-url.js';

/** Redis as everything of ours asks it: one server, or a Cluster. A command and a pipeline touch one key, a script too. */
export type RedisClient = Redis | Cluster;

/** What a connection is for, and who asks. */
export interface RedisConnectionOptions {
  /** Shows in `CLIENT LIST` and in log lines. */
  readonly name: string;
  /** `blocking` for a reader that waits in XREADGROUP … BLOCK, which needs a connection to itself. */
  readonly role: 'commands' | 'blocking';
  readonly log: Log;
}

/** The longest BLOCK a `blocking` connection may use: its silence beyond a few seconds more means a dead connection. */
export const MAX_BLOCK_MS = 5000;

const LONGEST_RETRY_MS = 1000;

/**
 * A connection that comes back by itself and never sends a command twice: what was under way when the connection
 * was lost rejects at once (an XADD sent again would be two entries). With `commands`, whatever is asked while
 * Redis is away rejects at once, or within 2 s when Redis is silent. With `blocking`, it waits for the
 * next try to connect, at most about a second, and then rejects; of a Cluster that is not there at all it rejects at once.
 */
export function createRedis(url: string, { name, role, log }: RedisConnectionOptions): RedisClient {
  const { options, cluster } = redisPlace(url);
  const settings: RedisOptions = {
    ...options,
    connectionName: name,
    connectTimeout: 2000,
    keepAlive: 10_000,
    // 0 empties the queues at every lost connection. More, or null, keeps commands and would send them again; switching the
    // sending off with `autoResendUnfulfilledCommands` leaves their promises unsettled for ever.
    maxRetriesPerRequest: 0,
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    ...(role === 'commands' ? COMMANDS : BLOCKING),
  };
  const client = cluster
    ? createCluster(cluster, { name, log, node: settings, retryStrategy })
    : new Redis({
        ...settings,
        enableOfflineQueue: role === 'blocking',
        retryStrategy,
        sentinelRetryStrategy: retryStrategy,
        // The Sentinels take ten seconds to make a replica of the old master where it still lives; what is written there until
        // then is thrown away. So leave when they name the new one, and, had the word been lost, when the old one says what it is.
        failoverDetector: true,
      });
  logChanges(client, name, log);
  return client;
}

const COMMANDS: RedisOptions = { commandTimeout: 2000, socketTimeout: 5000 };
const BLOCKING: RedisOptions = { socketTimeout: MAX_BLOCK_MS + 5000 };

/** Milliseconds until try number `attempt` to reconnect: soon at first, a second at most, jittered so replicas don't come back as one. */
function retryStrategy(attempt: number): number {
  const ceiling = Math.min(50 * 2 ** Math.min(attempt, 6), LONGEST_RETRY_MS);
  return Math.round(ceiling * (0.5 + Math.random() / 2));
}

/** One line when the connection is lost or cannot be made, one when it is there again, none for each try in between. */
function logChanges(redis: RedisClient, name: string, log: Log): void {
  let lastTrouble: string | undefined;
  redis.on('error', (error: Error & { code?: string }) => {
    const trouble = error.code ?? error.message;
    if (trouble === lastTrouble) return;
    lastTrouble = trouble;
    log.warn('redis_unreachable', { name, error });
  });
  redis.on('ready', () => {
    lastTrouble = undefined;
    log.info('redis_connected', { name });
  });
}
