import { Redis } from 'ioredis';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { redisProgram } from './redis-binary.ts';
import { startRedis, type RedisServer } from './redis.ts';
import { scratchFolder } from './scratch.ts';
import { Service } from './service.ts';
import { until } from './until.ts';

const NAME = 'loomi';
const SENTINELS = 3;
const QUORUM = 2;
/** Long enough that a crowded machine does not look dead. */
const DOWN_AFTER_MS = 3_000;
const FAILOVER_MS = 60_000;
/** Replication goes by a user of its own, so that a primary can turn its replica away and serve everybody else. */
const REPLICATION_USER = 'replication';
const REPLICATION = [
  '--user', REPLICATION_USER, 'on', `>${REPLICATION_USER}`, '+psync', '+replconf', '+ping',
  '--masteruser', REPLICATION_USER,
  '--masterauth', REPLICATION_USER,
  '--repl-diskless-sync-delay', '0',
];

/** A primary with a replica, and the Sentinels that watch over both. */
export class SentinelGroup {
  /** As REDIS_URL takes it. */
  readonly url: string;
  readonly #servers: readonly RedisServer[];
  readonly #sentinels: readonly Service[];
  readonly #ports: readonly number[];

  constructor(servers: readonly RedisServer[], sentinels: readonly Service[], ports: readonly number[]) {
    this.#servers = servers;
    this.#sentinels = sentinels;
    this.#ports = ports;
    this.url = `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(',')}/${NAME}`;
  }

  static async start(): Promise<SentinelGroup> {
    const [primary, replica] = await Promise.all(['redis-1', 'redis-2'].map((name) =>
      startRedis({ dir: scratchFolder().subfolder(name), args: REPLICATION })));
    if (primary === undefined || replica === undefined) throw new Error('two servers were asked for');
    await tell(replica.url, [['REPLICAOF', '127.0.0.1', String(primary.port)]]);
    const ports = await Promise.all(Array.from({ length: SENTINELS }, () => freePort()));
    const sentinels = await Promise.all(ports.map((port, index) => prepareSentinel(index, port, primary.port)));
    const group = new SentinelGroup([primary, replica], sentinels, ports);
    await Promise.all(sentinels.map((sentinel) => sentinel.start()));
    await until('the Sentinels to know each other and the replica', FAILOVER_MS, () => group.#isReady());
    return group;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#sentinels, ...this.#servers].map((server) => server.stop()));
  }

  /** The server that the Sentinels send clients to. */
  async primary(): Promise<RedisServer> {
    const address = (await this.#ask(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME])) as string[];
    const found = this.#servers.find(({ port }) => String(port) === address[1]);
    if (found === undefined) throw new Error(`the Sentinels name ${address.join(':')}, which is none of ours`);
    return found;
  }

  other(than: RedisServer): RedisServer {
    const found = this.#servers.find((server) => server !== than);
    if (found === undefined) throw new Error('there is no other server');
    return found;
  }

  /** From here the primary's replica gets nothing any more, and everybody else notices nothing. */
  async cutReplica(primary: RedisServer): Promise<void> {
    await tell(primary.url, [
      ['ACL', 'SETUSER', REPLICATION_USER, 'off'],
      ['CLIENT', 'KILL', 'TYPE', 'replica'],
    ]);
  }

  /** The replica may come again. */
  async letReplicaIn(primary: RedisServer): Promise<void> {
    await tell(primary.url, [['ACL', 'SETUSER', REPLICATION_USER, 'on']]);
  }

  /** Has the replica promoted while the primary lives; resolves once the Sentinels name it. */
  async failOver(): Promise<void> {
    const before = await this.primary();
    await until('the Sentinels to begin the failover', FAILOVER_MS, () =>
      this.#ask(['SENTINEL', 'FAILOVER', NAME]).then(() => true, (error: unknown) => !isTransient(error)));
    await this.promoted(before);
  }

  /** Resolves once another than this one is the primary. */
  async promoted(before: RedisServer): Promise<void> {
    await until('a replica to be promoted', FAILOVER_MS, async () => {
      const now = await this.primary();
      return now !== before && (await roleOf(now.url)) === 'master';
    });
  }

  /** Resolves once the primary has a replica that keeps up. */
  async inStep(): Promise<void> {
    await until('a replica to keep up', FAILOVER_MS, async () => {
      const primary = await this.primary();
      const replica = this.other(primary);
      const told = await infoOf(replica.url, 'replication').catch(() => '');
      return told.includes('master_link_status:up') && told.includes(`master_port:${primary.port}`);
    });
  }

  async #isReady(): Promise<boolean> {
    const known = await Promise.all(this.#ports.map(async (port) => infoOf(`redis://127.0.0.1:${port}`, 'sentinel')));
    return known.every((told) => told.includes(`slaves=1,sentinels=${SENTINELS}`));
  }

  async #ask(command: string[]): Promise<unknown> {
    const [reply] = await tell(`redis://127.0.0.1:${this.#ports[0]}`, [command]);
    return reply;
  }
}

/** No replica that is good enough yet, or a failover under way: it may be asked for again. */
function isTransient(error: unknown): boolean {
  return error instanceof Error && /NOGOODSLAVE|INPROG/.test(error.message);
}

async function prepareSentinel(index: number, port: number, primaryPort: number): Promise<Service> {
  const folder = scratchFolder().subfolder(`sentinel-${index + 1}`);
  const file = join(folder, 'sentinel.conf');
  // Sentinel keeps what it learns in this file.
  writeFileSync(file, [
    `port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, 'daemonize no',
    `sentinel monitor ${NAME} 127.0.0.1 ${primaryPort} ${QUORUM}`,
    `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${NAME} 10000`,
    '',
  ].join('\n'), { mode: 0o600 });
  const program = await redisProgram();
  return new Service({
    name: `sentinel-${index + 1}`,
    launch: () => ({ ...program, args: [file, '--sentinel'] }),
    ready: async () => (await infoOf(`redis://127.0.0.1:${port}`, 'sentinel').catch(() => '')).includes('sentinel_masters:1'),
    logFile: join(folder, 'sentinel.log'),
    registry: scratchFolder().registry,
  });
}

async function infoOf(url: string, section: string): Promise<string> {
  return String((await tell(url, [['INFO', section]]))[0]);
}

async function roleOf(url: string): Promise<string> {
  return /role:(\w+)/.exec(await infoOf(url, 'replication'))?.[1] ?? '';
}

/** Sends the commands one after the other, by a connection of their own. */
async function tell(url: string, commands: readonly (readonly string[])[]): Promise<unknown[]> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, retryStrategy: () => null, enableReadyCheck: false });
  // What goes wrong rejects the command.
  redis.on('error', () => undefined);
  try {
    const replies: unknown[] = [];
    for (const [name = '', ...args] of commands) replies.push(await redis.call(name, ...args));
    return replies;
  } finally {
    redis.disconnect();
  }
}
