import { issueKey, runAdmin } from './admin.ts';
import { ensureBuilt } from './build.ts';
import { createTestDatabase, ensureDatabase, urlForRole, urlOfDatabase } from './databases.ts';
import { freePort } from './free-port.ts';
import { startPostgres, type PostgresOptions, type PostgresServer } from './postgres.ts';
import { addressOf, deployable, sandboxAccount, sandboxService, type Surroundings } from './programs.ts';
import { startRedis, type RedisOptions, type RedisServer } from './redis.ts';
import { scratchFolder } from './scratch.ts';
import type { Service } from './service.ts';

export interface StackOptions {
  /** How many replicas of each deployable; one each by default. */
  replicas?: { api?: number; processor?: number };
  /** Variables for api and processor beside what the stack sets. */
  env?: NodeJS.ProcessEnv;
  /** A PostgreSQL server of its own, with these options. Left out under jest: a database on the run's server. */
  postgres?: Omit<PostgresOptions, 'dir'>;
  redis?: Omit<RedisOptions, 'dir'>;
  /** The project folder whose build a replica (`api-1`) runs, asked at every start; this one where it is left out. */
  buildOf?: (program: string) => string;
  /** What stands between the programs and what they talk to. */
  by?: Routes;
  appId?: string;
}

/** Each is given the true address and gives the one that the programs are told: that of a proxy, say. */
export interface Routes {
  postgres?: (url: string) => Promise<string>;
  redis?: (url: string) => Promise<string>;
  /** Given every replica's address; Lakala and clients use the one it gives. */
  api?: (urls: readonly string[]) => Promise<string>;
}

export interface Replica {
  /** Kill, pause, resume, stop, start and restart it by this. */
  service: Service;
  url: string;
  /** Its metrics are at `/metrics` below this. */
  managementUrl: string;
}

export interface Stack {
  apis: Replica[];
  processors: Replica[];
  sandbox: { service: Service; url: string; folder: string };
  /** Only where the stack has a server of its own. */
  postgres: PostgresServer | undefined;
  redis: RedisServer;
  /** The first API's address, or what stands before all of them. */
  baseUrl: string;
  /** The owner's URL, by what stands before the server where something does. */
  databaseUrl: string;
  redisUrl: string;
  appId: string;
  apiKey: string;
  /** Where every program's log is; the search for leaked secrets reads them. */
  logFolder: string;
  stop(): Promise<void>;
}

/** Starts the whole service as real processes from `dist`: sandbox, API, processor, a database and a Redis. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const scratch = scratchFolder();
  const logFolder = scratch.subfolder('logs');
  const [database, redis] = await Promise.all([
    openDatabase(options.postgres),
    startRedis({ ...options.redis, dir: scratch.subfolder('redis') }),
  ]);
  const sandboxPort = await freePort();
  const folder = scratch.subfolder('sandbox');
  const apiPorts = await somePorts(options.replicas?.api ?? 1);
  const apiUrls = apiPorts.map(({ port }) => addressOf(port));
  const around: Surroundings = {
    databaseUrl: (await options.by?.postgres?.(database.url)) ?? database.url,
    redisUrl: (await options.by?.redis?.(redis.url)) ?? redis.url,
    publicBaseUrl: (await options.by?.api?.(apiUrls)) ?? apiUrls[0] ?? addressOf(await freePort()),
    lakala: () => sandboxAccount(folder, sandboxPort),
    env: options.env ?? {},
    buildOf: options.buildOf,
    logFolder,
    registry: scratch.registry,
  };
  const sandbox = sandboxService(folder, sandboxPort, around);
  const apis = apiPorts.map((ports, index) => replica('api', index, ports, around));
  const processorPorts = await somePorts(options.replicas?.processor ?? 1);
  const processors = processorPorts.map((ports, index) => replica('processor', index, ports, around));
  const services = [...apis, ...processors].map(({ service }) => service);
  const stop = async (): Promise<void> => {
    await Promise.all([...services, sandbox].map((service) => service.stop()));
    await Promise.all([redis.stop(), database.close()]);
  };
  const appId = options.appId ?? 'shop';
  try {
    await sandbox.start();
    const [apiKey] = await Promise.all([
      issueKey(urlForRole(around.databaseUrl, 'loomi_admin'), appId),
      ...services.map((service) => service.start()),
    ]);
    return {
      apis,
      processors,
      sandbox: { service: sandbox, url: addressOf(sandboxPort), folder },
      postgres: database.server,
      redis,
      baseUrl: around.publicBaseUrl,
      databaseUrl: around.databaseUrl,
      redisUrl: around.redisUrl,
      appId,
      apiKey,
      logFolder,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface OpenedDatabase {
  url: string;
  server?: PostgresServer;
  close(): Promise<void>;
}

async function openDatabase(own: StackOptions['postgres']): Promise<OpenedDatabase> {
  if (own === undefined && process.env.TEST_POSTGRES_URL !== undefined) {
    const database = await createTestDatabase();
    return { url: database.url, close: () => database.drop() };
  }
  // Under jest the global setup has built it; a build in the middle of a run would pull `dist` from under other tests.
  if (process.env.JEST_WORKER_ID === undefined) await ensureBuilt();
  const server = await startPostgres({ ...own, dir: scratchFolder().subfolder('postgres') });
  const database = 'loomi_pay';
  await ensureDatabase(server.url, database);
  const url = urlOfDatabase(server.url, database);
  await runAdmin(url, 'migrate');
  return { url, server, close: () => server.stop() };
}

async function somePorts(count: number): Promise<{ port: number; managementPort: number }[]> {
  return Promise.all(Array.from({ length: count }, async () => ({ port: await freePort(), managementPort: await freePort() })));
}

function replica(app: 'api' | 'processor', index: number, ports: { port: number; managementPort: number }, around: Surroundings): Replica {
  return {
    service: deployable(app, `${app}-${index + 1}`, ports, around),
    url: addressOf(ports.port),
    managementUrl: addressOf(ports.managementPort),
  };
}
