import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { commandLine } from './lock.mjs';
import { postgresPrograms, type PostgresBuild, type PostgresPrograms } from './postgres-binaries.ts';
import type { ProcessRegistry } from './process-registry.ts';
import { scratchFolder } from './scratch.ts';
import { Service } from './service.ts';
import { until } from './until.ts';

const SUPERUSER = 'loomi';
const STOP_MS = 10_000;

export interface PostgresOptions {
  /** Holds the data, the password and the log. */
  dir: string;
  port?: number;
  /** False gives up durability for speed: for tests only. */
  durable?: boolean;
  /** Further server settings, as in postgresql.conf. */
  settings?: Readonly<Record<string, string>>;
  /** The one that npm installed where it is left out. */
  build?: PostgresBuild;
  logFile?: string;
  registry?: ProcessRegistry;
  onLine?: (line: string) => void;
}

export interface PostgresServer {
  /** The superuser's URL of the database `postgres`. */
  url: string;
  port: number;
  service: Service;
  readonly pid: number;
  stop(): Promise<void>;
  /** Kills the postmaster; its other processes end by themselves within a moment. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same data and port, whether it was stopped, killed or still runs. */
  restart(): Promise<void>;
}

/** Starts a private PostgreSQL on 127.0.0.1, on the data that `dir` holds or on a new cluster. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const server = await preparePostgres(options);
  await server.service.start();
  return server;
}

/** Makes the cluster if there is none, and gives the server, not started yet. */
export async function preparePostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { dir, durable = true } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const programs = postgresPrograms(dir, options.build);
  const password = ensurePassword(join(dir, 'password'));
  const data = join(dir, 'data');
  if (!existsSync(data)) initialise(programs, data, join(dir, 'password'), durable);
  if (programs.owner !== null) changeOwner(data, programs.owner);
  const port = options.port ?? (await freePort());
  const url = `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`;
  const service = new Service({
    name: 'postgres',
    launch: async () => {
      await clearPredecessor(data);
      return programs.launch('postgres', ['-D', data, ...settingsOf(options, port)]);
    },
    ready: () => answers(url, data),
    logFile: options.logFile ?? join(dir, 'postgres.log'),
    registry: options.registry ?? scratchFolder().registry,
    // Fast shutdown: SIGTERM would wait for every client to leave.
    stopSignal: 'SIGINT',
    graceMs: STOP_MS,
    onLine: options.onLine,
  });
  return {
    url,
    port,
    service,
    get pid() {
      return service.pid;
    },
    stop: () => service.stop(),
    kill: (signal) => service.kill(signal),
    restart: () => service.restart(),
  };
}

function settingsOf({ durable = true, settings = {} }: PostgresOptions, port: number): string[] {
  const speed = durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
  const all = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    // None: the path of a socket holds about 100 bytes, and the project's folder may be longer.
    unix_socket_directories: '',
    max_connections: '300',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...speed,
    ...settings,
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function ensurePassword(file: string): string {
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

/** Under another name first: an initdb that is cut short leaves nothing that looks like a cluster. */
function initialise(programs: PostgresPrograms, data: string, passwordFile: string, durable: boolean): void {
  const draft = `${data}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  if (programs.owner !== null) chownSync(draft, programs.owner, programs.owner);
  const { command, args, env } = programs.launch('initdb', [
    `--pgdata=${draft}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    ...(durable ? [] : ['--no-sync']),
  ]);
  const result = spawnSync(command, args, { env, encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`initdb failed: ${result.stderr}`, { cause: result.error });
  renameSync(draft, data);
}

/** A folder made as root in one way may be started in another: its files change hands as a whole. */
function changeOwner(path: string, owner: number): void {
  const stat = lstatSync(path);
  if (stat.uid === owner) return;
  if (stat.isDirectory()) for (const name of readdirSync(path)) changeOwner(join(path, name), owner);
  chownSync(path, owner, owner);
}

/**
 * Stops a server that a killed run left on this data. Where the number in its lock file belongs to some other process
 * by now, PostgreSQL would refuse to start: the number is replaced by one that no process has. The rest of the file
 * stays, for by it PostgreSQL sees whether processes of the old server are still at work.
 */
async function clearPredecessor(data: string): Promise<void> {
  const lockFile = join(data, 'postmaster.pid');
  if (!existsSync(lockFile)) return;
  const [first = '', ...rest] = readFileSync(lockFile, 'utf8').split('\n');
  const pid = Number(first);
  if (commandLine(pid).includes(data)) {
    process.kill(pid, 'SIGINT');
    await until(`the PostgreSQL of an earlier run (process ${pid}) to stop`, STOP_MS, () => commandLine(pid) === '');
  }
  if (existsSync(lockFile)) writeFileSync(lockFile, ['2147483646', ...rest].join('\n'));
}

/** A server that is being restored from a backup answers before it takes writes; a standby never does, and is ready. */
async function answers(url: string, data: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 });
  // A connection that breaks while we look is an answer too: not ready.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ recovers: boolean }>('SELECT pg_is_in_recovery() AS recovers');
    return rows[0]?.recovers === false || existsSync(join(data, 'standby.signal'));
  } catch {
    return false;
  } finally {
    await client.end();
  }
}
