import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { urlForRole } from './databases.ts';
import type { ProcessRegistry } from './process-registry.ts';
import { ROOT } from './project.ts';
import { Service, type Launch } from './service.ts';

const PROBE_MS = 2_000;
/** Longer than the grace time the programs give themselves. */
const GRACE_MS = 35_000;

/** The image's bounds, which hold wherever a deployable is started for a test or a bench. */
export const MEMORY_BOUNDS = { NODE_OPTIONS: '--max-semi-space-size=16 --max-old-space-size=192', MALLOC_ARENA_MAX: '2' };

/** What our programs run with, beside their ports. */
export interface Surroundings {
  /** The owner's URL; each program gets it with its own role. */
  databaseUrl: string;
  redisUrl: string;
  /** How Lakala and payers reach the API. */
  publicBaseUrl: string;
  /** The account at Lakala, `LAKALA_*`; asked at every start, since the sandbox makes its account at its own first. */
  lakala: () => NodeJS.ProcessEnv;
  /** Further variables; they win over all others. */
  env: NodeJS.ProcessEnv;
  logFolder: string;
  registry: ProcessRegistry;
  /** The project folder whose build a program runs, asked at every start; this one where it is left out. */
  buildOf?: (program: string) => string;
  /** Sees every line of output, besides the log file. */
  onLine?: (program: string, line: string) => void;
}

export interface Ports {
  port: number;
  managementPort: number;
}

/** A replica of one of our deployables, from `dist`; not started yet. */
export function deployable(app: 'api' | 'processor', name: string, ports: Ports, around: Surroundings): Service {
  const address = addressOf(ports.port);
  return programService(name, around, { url: `${address}/health/ready`, graceMs: GRACE_MS }, () => {
    const root = around.buildOf?.(name) ?? ROOT;
    return {
      command: process.execPath,
      args: [join(root, 'dist', 'apps', app, 'src', 'main.js')],
      cwd: root,
      env: { ...environmentOf(app, ports, around), ...around.env },
    };
  });
}

function environmentOf(app: 'api' | 'processor', ports: Ports, around: Surroundings): NodeJS.ProcessEnv {
  const lakala = around.lakala();
  const inherited = withoutLakala(process.env);
  if (app === 'api') {
    // Our signing key is the processor's alone.
    delete lakala.LAKALA_PRIVATE_KEY;
    delete lakala.LAKALA_PRIVATE_KEY_FILE;
  }
  return {
    ...inherited,
    ...lakala,
    ...MEMORY_BOUNDS,
    DATABASE_URL: urlForRole(around.databaseUrl, `loomi_${app}`),
    REDIS_URL: around.redisUrl,
    PORT: String(ports.port),
    MANAGEMENT_PORT: String(ports.managementPort),
    PUBLIC_BASE_URL: around.publicBaseUrl,
  };
}

/** Jest's own variables are not for programs that run as in production, nor is another account at Lakala. */
function withoutLakala(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isForeign = (name: string): boolean => name.startsWith('LAKALA_') || name === 'JEST_WORKER_ID';
  const kept = Object.entries(env).filter(([name, value]) => !isForeign(name) && !(name === 'NODE_ENV' && value === 'test'));
  return Object.fromEntries(kept);
}

/** The Lakala sandbox, with its keys and ledger in a folder; not started yet. */
export function sandboxService(folder: string, port: number, around: Omit<Surroundings, 'lakala'>): Service {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const main = join(ROOT, 'test', 'lakala-sandbox', 'main.ts');
  return programService('sandbox', around, { url: `${addressOf(port)}/health` }, () => ({
    command: process.execPath,
    args: [main, '--dir', folder, '--port', String(port)],
    cwd: ROOT,
    env: withoutLakala(process.env),
  }));
}

/** The account that the sandbox made in its folder, as our programs want it. Throws before its first start. */
export function sandboxAccount(folder: string, port: number): NodeJS.ProcessEnv {
  return {
    LAKALA_REQUEST_IP: '127.0.0.1',
    ...parseEnv(readFileSync(join(folder, 'account.env'), 'utf8')),
    LAKALA_BASE_URL: addressOf(port),
    LAKALA_PRIVATE_KEY_FILE: join(folder, 'merchant-private-key.pem'),
    LAKALA_PLATFORM_CERT_FILE: join(folder, 'platform-certificate.pem'),
  };
}

export function addressOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

function programService(
  name: string,
  { logFolder, registry, onLine }: Omit<Surroundings, 'lakala'>,
  { url, graceMs }: { url: string; graceMs?: number },
  launch: () => Launch,
): Service {
  return new Service({
    name,
    launch: () => {
      const made = launch();
      const program = made.args.find((argument) => /\.(js|ts)$/.test(argument));
      if (program !== undefined && !existsSync(program)) throw new Error(`${name}: there is no ${program}`);
      return made;
    },
    ready: () => answersOk(url),
    logFile: join(logFolder, `${name}.log`),
    registry,
    graceMs,
    onLine: onLine && ((line) => onLine(name, line)),
  });
}

async function answersOk(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(PROBE_MS) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    // Not listening yet, or too busy to say: not ready either way.
    return false;
  }
}
