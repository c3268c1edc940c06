import { Cluster, type Redis, type RedisOptions } from 'ioredis';
import type { Log } from '../logging/log.js';
import type { RedisHost } from './redis-url.js';

// A node that says CLUSTERDOWN may be cut off from others that go on: ask another, which tells where the slot is now. That
// takes three tries; more would only hold up a command whose slot nobody has.
const MOST_REDIRECTIONS = 5;
const ASK_ANOTHER_AFTER_MS = 100;

/** What {@link createCluster} is told beside where the Cluster is. */
export interface ClusterConnectionOptions {
  readonly name: string;
  readonly log: Log;
  /**
   * For the connection to each node. It is made with the first command, which waits for it as long as a command may, and rejects
   * where it fails: ioredis has it so, and asks a node after the Cluster's state before it calls the client ready.
   */
  readonly node: RedisOptions;
  readonly retryStrategy: (attempt: number) => number;
}

/**
 * A client of a Cluster. A command goes where its key is, and follows a redirection, with which a node says that it has not
 * run it. One that was under way when its connection was lost rejects and is never sent again, and what is asked of a slot
 * that nobody serves rejects too: at once, or when the node's own limits end.
 */
export function createCluster(hosts: readonly RedisHost[], options: ClusterConnectionOptions): Cluster {
  const { name, log, node, retryStrategy } = options;
  const cluster = new Cluster([...hosts], {
    redisOptions: node,
    clusterRetryStrategy: retryStrategy,
    // What waits in that queue has no limit of time.
    enableOfflineQueue: false,
    // By default ioredis sends a command again, to any node, when its connection was lost: an XADD would be two entries.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: ASK_ANOTHER_AFTER_MS,
    maxRedirections: MOST_REDIRECTIONS,
    // A certificate names hosts: leave the names to the connection.
    dnsLookup: (host, callback) => callback(null, host),
  });
  logNodes(cluster, name, log);
  return cluster;
}

/** One line when a node cannot be reached, one when it is there again, however often it was tried. */
function logNodes(cluster: Cluster, name: string, log: Log): void {
  const away = new Set<string>();
  cluster.on('node error', (error: Error, key: string) => {
    // Where its connection stands, only the question after the slots took too long.
    const isThere = cluster.nodes().some((node) => keyOf(node) === key && node.status === 'ready');
    if (isThere || away.has(key)) return;
    away.add(key);
    log.warn('redis_unreachable', { name: `${name}@${key}`, error });
  });
  cluster.on('+node', (node: Redis) => {
    node.on('ready', () => {
      if (away.delete(keyOf(node))) log.info('redis_connected', { name: `${name}@${keyOf(node)}` });
    });
  });
}

function keyOf({ options: { host, port } }: Redis): string {
  return `${host}:${port}`;
}
