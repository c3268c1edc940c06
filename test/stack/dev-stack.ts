import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { issueKey, runAdmin } from './admin.ts';
import { ensureBuilt } from './build.ts';
import { ensureDatabase, urlForRole, urlOfDatabase } from './databases.ts';
import { choosePorts, readDevEnv, writeDevEnv, type DevEnv, type DevPorts } from './dev-environment.ts';
import { greeting } from './greeting.ts';
import { preparePostgres } from './postgres.ts';
import { stopLeftovers, type ProcessRegistry } from './process-registry.ts';
import { addressOf, deployable, sandboxAccount, sandboxService, type Surroundings } from './programs.ts';
import { LOOMI_FOLDER, ROOT } from './project.ts';
import { prepareRedis } from './redis.ts';
import type { Supervisor } from './supervisor.ts';
import { errorIn, type Terminal } from './terminal.ts';

export const RUN_FOLDER = join(LOOMI_FOLDER, 'run');
const LOG_FOLDER = join(LOOMI_FOLDER, 'logs');
const SANDBOX_FOLDER = join(LOOMI_FOLDER, 'sandbox');
const DATABASE = 'loomi_pay';
const DEFAULT_APP = 'demo';

/** What `npm start` runs: everything under `.loomi/`, step by step, each said while it is done. */
export class DevStack {
  readonly #terminal: Terminal;
  readonly #supervisor: Supervisor;
  readonly #registry: ProcessRegistry;

  constructor(terminal: Terminal, supervisor: Supervisor, registry: ProcessRegistry) {
    this.#terminal = terminal;
    this.#supervisor = supervisor;
    this.#registry = registry;
  }

  /** Resolves when a payment can be made; throws with what a human can act on. */
  async bringUp(): Promise<void> {
    const terminal = this.#terminal;
    terminal.say('Starting Loomi Pay');
    const left = await stopLeftovers(RUN_FOLDER);
    if (left > 0) terminal.say(`  stopped ${left} process(es) that an earlier run had left behind`);
    const envFile = join(ROOT, '.env');
    // Variables that are set already win over the file's.
    if (existsSync(envFile)) process.loadEnvFile(envFile);
    await terminal.step('build', ensureBuilt, (done) => (done ? 'built into dist/' : 'dist/ is up to date'));
    const given = { api: givenPort('PORT'), apiManagement: givenPort('MANAGEMENT_PORT') };
    const ports = await choosePorts(given, (line) => terminal.say(line));
    const databaseUrl = await this.#openDatabase(ports.postgres);
    const redisUrl = await this.#openRedis(ports.redis);
    const around = this.#surroundings(databaseUrl, redisUrl, ports);
    await terminal.step('migrations', () => runAdmin(databaseUrl, 'migrate'), () => 'database is up to date');
    await this.#openGateway(ports.sandbox, around);
    await this.#startDeployables(ports, around);
    const devEnv = await terminal.step('app and key', () => makeKey(around, ports), ({ APP_ID }) => `app ${APP_ID}`);
    writeDevEnv(devEnv);
    terminal.say(greeting(ports, devEnv));
  }

  async #openDatabase(port: number): Promise<string> {
    const configured = given('DATABASE_URL');
    if (configured !== undefined) {
      this.#terminal.say('  PostgreSQL   as DATABASE_URL says');
      return configured;
    }
    const options = { dir: join(LOOMI_FOLDER, 'postgres'), port, registry: this.#registry, logFile: join(LOG_FOLDER, 'postgres.log') };
    const open = async (): Promise<string> => {
      const server = await preparePostgres(options);
      await this.#supervisor.start(server.service);
      await ensureDatabase(server.url, DATABASE);
      return urlOfDatabase(server.url, DATABASE);
    };
    return this.#terminal.step('PostgreSQL', open, () => `127.0.0.1:${port}, data in .loomi/postgres`);
  }

  async #openRedis(port: number): Promise<string> {
    const configured = given('REDIS_URL');
    if (configured !== undefined) {
      this.#terminal.say('  Redis        as REDIS_URL says');
      return configured;
    }
    const options = { dir: join(LOOMI_FOLDER, 'redis'), port, registry: this.#registry, logFile: join(LOG_FOLDER, 'redis.log') };
    const open = async (): Promise<string> => {
      const server = await prepareRedis({ ...options, appendonly: true, say: (line) => this.#terminal.say(`  ${line}`) });
      await this.#supervisor.start(server.service);
      return server.url;
    };
    return this.#terminal.step('Redis', open, () => `127.0.0.1:${port}, data in .loomi/redis`);
  }

  async #openGateway(port: number, around: Surroundings): Promise<void> {
    if (!usesSandbox()) {
      this.#terminal.say(`  Lakala       ${given('LAKALA_BASE_URL')}, as configured; no sandbox`);
      return;
    }
    const service = sandboxService(SANDBOX_FOLDER, port, around);
    await this.#terminal.step('sandbox', () => this.#supervisor.start(service), () => `${addressOf(port)}, stands in for Lakala`);
  }

  async #startDeployables(ports: DevPorts, around: Surroundings): Promise<void> {
    const api = deployable('api', 'api', { port: ports.api, managementPort: ports.apiManagement }, around);
    const processorPorts = { port: ports.processor, managementPort: ports.processorManagement };
    const processor = deployable('processor', 'processor', processorPorts, around);
    const start = (): Promise<void> => this.#supervisor.start(api, processor);
    await this.#terminal.step('services', start, () => `API ${addressOf(ports.api)}, processor ${addressOf(ports.processor)}`);
  }

  #surroundings(databaseUrl: string, redisUrl: string, ports: DevPorts): Surroundings {
    const configured = Object.entries(process.env).filter(([name]) => name.startsWith('LAKALA_'));
    return {
      databaseUrl,
      redisUrl,
      publicBaseUrl: given('PUBLIC_BASE_URL') ?? addressOf(ports.api),
      lakala: () => (usesSandbox() ? sandboxAccount(SANDBOX_FOLDER, ports.sandbox) : Object.fromEntries(configured)),
      env: {},
      logFolder: LOG_FOLDER,
      registry: this.#registry,
      onLine: (program, line) => {
        const error = errorIn(line);
        if (error !== null) this.#terminal.complain(`[${program}] ${error}`);
      },
    };
  }
}

/** A variable that is set to nothing counts as not set: `.env` files often list names without a value. */
function given(name: string): string | undefined {
  return process.env[name] || undefined;
}

function givenPort(name: string): number | undefined {
  const value = given(name);
  if (value === undefined || /^[1-9]\d{0,4}$/.test(value)) return value === undefined ? undefined : Number(value);
  throw new Error(`${name} is not a port number`);
}

function usesSandbox(): boolean {
  return given('LAKALA_BASE_URL') === undefined;
}

/** What an app needs, with the key of the last start, or a new one where that is not accepted (any more). */
async function makeKey({ databaseUrl, redisUrl }: Surroundings, ports: DevPorts): Promise<DevEnv> {
  const { APP_ID: lastApp, LOOMI_PAY_API_KEY: lastKey } = readDevEnv();
  const appId = given('APP_ID') ?? lastApp ?? DEFAULT_APP;
  const isGood = lastKey !== undefined && (await isAccepted(ports.api, appId, lastKey));
  return {
    LOOMI_PAY_BASE_URL: addressOf(ports.api),
    LOOMI_PAY_API_KEY: isGood ? lastKey : await issueKey(urlForRole(databaseUrl, 'loomi_admin'), appId),
    APP_ID: appId,
    REDIS_URL: redisUrl,
    DATABASE_URL: databaseUrl,
    ...(usesSandbox() ? { LAKALA_SANDBOX_URL: addressOf(ports.sandbox) } : {}),
  };
}

async function isAccepted(port: number, appId: string, key: string): Promise<boolean> {
  const url = `${addressOf(port)}/api/v1/payment-orders?app_id=${encodeURIComponent(appId)}&limit=1`;
  const answer = await fetch(url, { headers: { Authorization: `Bearer ${key}` } });
  await answer.body?.cancel();
  return answer.status !== 401 && answer.status !== 403;
}
