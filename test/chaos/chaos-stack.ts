import { join } from 'node:path';
import pg from 'pg';
import { issueKey, runAdmin } from '../stack/admin.ts';
import { ensureBuilt } from '../stack/build.ts';
import { ensureDatabase, urlForRole, urlOfDatabase } from '../stack/databases.ts';
import { freePort } from '../stack/free-port.ts';
import { addressOf, deployable, sandboxAccount, sandboxService, type Surroundings } from '../stack/programs.ts';
import { startRedis, type RedisServer } from '../stack/redis.ts';
import { scratchFolder } from '../stack/scratch.ts';
import type { Service } from '../stack/service.ts';
import { TraceCollector } from '../stack/trace-collector.ts';
import { Keeper } from './keeper.ts';
import { Line, type Address } from './line.ts';
import { PostgresPair } from './postgres-pair.ts';
import { LINES, type LineName } from './strikes.ts';

/** Few enough for a short run to feel the limit; all processors together. */
export const CALLS_PER_SECOND = 60;
const ENV = {
  LOG_LEVEL: 'debug',
  LAKALA_TIMEOUT_SECONDS: '3',
  LAKALA_MAX_CALLS_PER_SECOND: String(CALLS_PER_SECOND),
  SHUTDOWN_DRAIN_SECONDS: '1',
};

export interface App {
  id: string;
  key: string;
  /** Whether its results also go to streams that only it reads. */
  ownStreams: boolean;
}

export interface ChaosReplica {
  name: string;
  url: string;
  managementUrl: string;
}

/** Two replicas of each deployable, every line between two parts in our hands. */
export interface ChaosStack {
  apis: ChaosReplica[];
  processors: ChaosReplica[];
  apps: [App, App];
  keeper: Keeper;
  lines: Readonly<Record<LineName, Line>>;
  postgres: PostgresPair;
  redis: RedisServer;
  /** Where Redis keeps its snapshot. */
  redisFolder: string;
  sandboxUrl: string;
  sandboxFolder: string;
  /** The owner's connections, past every line. */
  books: pg.Pool;
  logFolder: string;
  /** Takes the traces of all orders. */
  collector: TraceCollector;
  /** What must not be found in any log. */
  secrets: string[];
  stop(): Promise<void>;
}

interface Servers {
  postgres: PostgresPair;
  redis: RedisServer;
  databaseUrl: string;
  redisFolder: string;
  sandboxPort: number;
  sandboxFolder: string;
  collector: TraceCollector;
}

export async function startChaosStack(): Promise<ChaosStack> {
  await ensureBuilt();
  const servers = await startServers();
  const apiPorts = [await freePort(), await freePort()];
  const lines = await openLines(servers, apiPorts);
  const keeper = new Keeper();
  const logFolder = scratchFolder().subfolder('logs');
  const around = (name: string): Surroundings => surroundings(name, servers, lines, logFolder);
  const sandbox = sandboxService(servers.sandboxFolder, servers.sandboxPort, around('api-1'));
  // Past every line that is spoiled, and to whichever server is the primary.
  const toBooks = new Line(() => [{ host: '127.0.0.1', port: servers.postgres.port }]);
  await toBooks.open();
  const books = new pg.Pool({ connectionString: toBooks.through(servers.databaseUrl), max: 3, connectionTimeoutMillis: 3_000 });
  // The server is killed under it now and then; the next query says so.
  books.on('error', () => undefined);
  const stop = async (): Promise<void> => {
    await keeper.stop();
    await books.end();
    await Promise.all([...Object.values(lines), toBooks].map((line) => line.close()));
    await Promise.all([servers.redis.stop(), servers.postgres.stop(), servers.collector.stop()]);
  };
  try {
    await keeper.start([sandbox]);
    const apps = await makeApps(servers.databaseUrl);
    const apis = await Promise.all(apiPorts.map((port, index) => replica('api', index, port, around)));
    const processors = await Promise.all([0, 1].map(async (index) => replica('processor', index, await freePort(), around)));
    await keeper.start([...apis, ...processors].map(({ service }) => service));
    return {
      apis, processors, apps, keeper, lines, books, logFolder, stop,
      postgres: servers.postgres,
      redis: servers.redis,
      collector: servers.collector,
      redisFolder: servers.redisFolder,
      sandboxUrl: addressOf(servers.sandboxPort),
      sandboxFolder: servers.sandboxFolder,
      secrets: [new URL(servers.databaseUrl).password, ...apps.map(({ key }) => key)],
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startServers(): Promise<Servers> {
  const redisFolder = scratchFolder().subfolder('redis');
  const [postgres, redis] = await Promise.all([
    PostgresPair.start(),
    startRedis({ dir: redisFolder }),
  ]);
  const databaseUrl = urlOfDatabase(postgres.url, 'loomi_pay');
  await ensureDatabase(postgres.url, 'loomi_pay');
  await runAdmin(databaseUrl, 'migrate');
  const sandboxFolder = scratchFolder().subfolder('sandbox');
  return { postgres, redis, databaseUrl, redisFolder, sandboxPort: await freePort(), sandboxFolder, collector: await TraceCollector.start() };
}

async function openLines(servers: Servers, apiPorts: readonly number[]): Promise<Record<LineName, Line>> {
  const at = (port: number): Address => ({ host: '127.0.0.1', port });
  const endsOf = (name: LineName): Address[] => {
    if (name === 'lakala>api') return apiPorts.map(at);
    if (name.endsWith('>postgres')) return [at(servers.postgres.port)];
    return [at(name.endsWith('>redis') ? servers.redis.port : servers.sandboxPort)];
  };
  const opened = LINES.map((name) => [name, new Line(() => endsOf(name))] as const);
  await Promise.all(opened.map(([, line]) => line.open()));
  return Object.fromEntries(opened) as Record<LineName, Line>;
}

function surroundings(name: string, servers: Servers, lines: Record<LineName, Line>, logFolder: string): Surroundings {
  const account = (): NodeJS.ProcessEnv => ({
    ...sandboxAccount(servers.sandboxFolder, servers.sandboxPort),
    LAKALA_BASE_URL: addressOf((name === 'processor-2' ? lines['processor-2>lakala'] : lines['processor-1>lakala']).port),
  });
  return {
    databaseUrl: lines[`${name}>postgres` as LineName].through(servers.databaseUrl),
    redisUrl: lines[`${name}>redis` as LineName].through(servers.redis.url).replace(/\/$/, ''),
    publicBaseUrl: addressOf(lines['lakala>api'].port),
    lakala: account,
    env: { ...ENV, OTEL_EXPORTER_OTLP_ENDPOINT: servers.collector.url },
    logFolder,
    registry: scratchFolder().registry,
  };
}

async function replica(
  app: 'api' | 'processor',
  index: number,
  port: number,
  around: (name: string) => Surroundings,
): Promise<ChaosReplica & { service: Service }> {
  const name = `${app}-${index + 1}`;
  const managementPort = await freePort();
  const service = deployable(app, name, { port, managementPort }, around(name));
  return { name, service, url: addressOf(port), managementUrl: addressOf(managementPort) };
}

async function makeApps(databaseUrl: string): Promise<[App, App]> {
  const admin = urlForRole(databaseUrl, 'loomi_admin');
  const shop = { id: 'shop', key: await issueKey(admin, 'shop'), ownStreams: false };
  await runAdmin(admin, 'app', 'create', 'stall', '--own-streams');
  return [shop, { id: 'stall', key: await issueKey(admin, 'stall'), ownStreams: true }];
}

/** Where Redis finds its data when it starts. */
export function snapshotFile({ redisFolder }: Pick<ChaosStack, 'redisFolder'>): string {
  return join(redisFolder, 'dump.rdb');
}
