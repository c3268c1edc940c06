import { Redis } from 'ioredis';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { startRedis, type RedisServer } from './redis.ts';
import { scratchFolder } from './scratch.ts';
import { until } from './until.ts';

const SLOTS = 16_384;
const CHANGE_MS = 60_000;
/** A server gives up a hand-over after five seconds. */
const HAND_OVER_MS = 6_000;

/** A Redis Cluster whose masters share the slots evenly. */
export class RedisCluster {
  /** As REDIS_URL takes it. */
  readonly url: string;
  readonly servers: readonly RedisServer[];

  private constructor(servers: readonly RedisServer[]) {
    this.servers = servers;
    this.url = `redis+cluster://${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}`;
  }

  /** Resolves once every node knows all slots; `deadAfterMs` is the silence after which a node counts as dead to the others. */
  static async start(masters: number, { replicas = 0, deadAfterMs = 15_000 } = {}): Promise<RedisCluster> {
    const names = Array.from({ length: masters + replicas }, (_, index) => `node-${index + 1}`);
    const servers = await Promise.all(names.map((name) => startNode(name, deadAfterMs)));
    const cluster = new RedisCluster(servers);
    const first = servers[0];
    if (first === undefined) throw new Error('a Cluster has a node at least');
    const bounds = Array.from({ length: masters + 1 }, (_, index) => Math.round((index * SLOTS) / masters));
    await Promise.all(servers.slice(0, masters).map((server, index) =>
      tell(server, ['CLUSTER', 'ADDSLOTSRANGE', String(bounds[index]), String((bounds[index + 1] ?? 0) - 1)])));
    const [, busPort] = (await tell(first, ['CONFIG', 'GET', 'cluster-port'])) as string[];
    for (const server of servers.slice(1)) await tell(server, ['CLUSTER', 'MEET', '127.0.0.1', String(first.port), String(busPort)]);
    await cluster.#untilWhole();
    return cluster;
  }

  /** The node started last, which has no slots of its own where replicas were asked for. */
  get spare(): RedisServer {
    const last = this.servers.at(-1);
    if (last === undefined) throw new Error('a Cluster has a node at least');
    return last;
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  /** The server that serves the key. */
  async masterOf(key: string): Promise<RedisServer> {
    const slot = Number(await tell(this.#living(), ['CLUSTER', 'KEYSLOT', key]));
    const ranges = (await tell(this.#living(), ['CLUSTER', 'SLOTS'])) as [number, number, [string, number]][];
    const port = ranges.find(([from, to]) => from <= slot && slot <= to)?.[2][1];
    const found = this.servers.find((server) => server.port === port);
    if (found === undefined) throw new Error(`nobody of ours serves ${key}`);
    return found;
  }

  /** The server that has a copy of all that this master has. */
  async replicaOf(master: RedisServer): Promise<RedisServer> {
    const told = await Promise.all(this.servers.map(async (server) => String(await tell(server, ['INFO', 'replication']))));
    const found = this.servers.find((_, index) => told[index]?.includes(`master_port:${master.port}`));
    if (found === undefined) throw new Error('the master has no replica');
    return found;
  }

  /** Resolves once the server is the master's replica and keeps up. */
  async follow(replica: RedisServer, master: RedisServer): Promise<void> {
    const id = String(await tell(master, ['CLUSTER', 'MYID']));
    await until('the replica to know its master', CHANGE_MS, () =>
      tell(replica, ['CLUSTER', 'REPLICATE', id]).then(() => true, () => false));
    await this.inStep(replica);
  }

  /** Resolves once the server is a replica that keeps up. */
  async inStep(replica: RedisServer): Promise<void> {
    await until('the replica to keep up', CHANGE_MS, async () =>
      String(await tell(replica, ['INFO', 'replication'])).includes('master_link_status:up'));
  }

  /** Resolves once another than this one serves the key. */
  async promoted(key: string, before: RedisServer): Promise<void> {
    await until('a replica to be promoted', CHANGE_MS, async () => (await this.masterOf(key)) !== before);
  }

  /** Has the living master's replica take its place. The others may refuse soon after an election: it is asked for until it is done. */
  async handOver(key: string, before: RedisServer): Promise<void> {
    const replica = await this.replicaOf(before);
    let askedMs = -Infinity;
    await until('the replica to take over', CHANGE_MS, async () => {
      if (performance.now() - askedMs > HAND_OVER_MS) {
        askedMs = performance.now();
        await tell(replica, ['CLUSTER', 'FAILOVER']);
      }
      return (await this.masterOf(key)) !== before;
    });
  }

  async #untilWhole(): Promise<void> {
    await until('the Cluster to be whole', CHANGE_MS, async () => {
      const told = await Promise.all(this.servers.map(async (server) => String(await tell(server, ['CLUSTER', 'INFO']))));
      return told.every((info) => info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${this.servers.length}`));
    });
  }

  #living(): RedisServer {
    const found = this.servers.find(({ service }) => service.isRunning);
    if (found === undefined) throw new Error('no node lives');
    return found;
  }
}

async function startNode(name: string, deadAfterMs: number): Promise<RedisServer> {
  const dir = join(scratchFolder().subfolder('cluster'), name);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  // By default the bus listens 10 000 ports above, which may be taken.
  const busPort = await freePort();
  return startRedis({
    dir,
    args: [
      '--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--cluster-node-timeout', String(deadAfterMs),
      '--cluster-port', String(busPort), '--repl-diskless-sync-delay', '0',
    ],
  });
}

/** One command, by a connection of its own, to this node and no other. */
export async function tell({ url }: RedisServer, [name = '', ...args]: readonly string[]): Promise<unknown> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, retryStrategy: () => null, enableReadyCheck: false });
  // What goes wrong rejects the command.
  redis.on('error', () => undefined);
  try {
    return await redis.call(name, ...args);
  } finally {
    redis.disconnect();
  }
}
