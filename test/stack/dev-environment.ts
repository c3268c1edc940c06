import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { freePort, isPortFree } from './free-port.ts';
import { LOOMI_FOLDER } from './project.ts';

const PORTS_FILE = join(LOOMI_FOLDER, 'ports.json');
const ENV_FILE = join(LOOMI_FOLDER, 'dev.env');

const DEFAULT_PORTS = {
  api: 3000,
  processor: 3001,
  apiManagement: 9090,
  processorManagement: 9091,
  sandbox: 3900,
  postgres: 54_329,
  redis: 63_799,
};

export type DevPorts = Record<keyof typeof DEFAULT_PORTS, number>;

/**
 * Chooses a port for everything: the given one, else the one of the last start, else the default; where that is taken,
 * a free one, and says so.
 */
export async function choosePorts(given: Partial<DevPorts>, say: (line: string) => void): Promise<DevPorts> {
  const remembered: Partial<DevPorts> = existsSync(PORTS_FILE)
    ? (JSON.parse(readFileSync(PORTS_FILE, 'utf8')) as Partial<DevPorts>)
    : {};
  const chosen: DevPorts = { ...DEFAULT_PORTS };
  const used = new Set<number>();
  for (const name of Object.keys(DEFAULT_PORTS) as (keyof DevPorts)[]) {
    const wanted = given[name] ?? remembered[name] ?? DEFAULT_PORTS[name];
    chosen[name] = !used.has(wanted) && (await isPortFree(wanted)) ? wanted : await freePort();
    used.add(chosen[name]);
    if (chosen[name] !== wanted) say(`  port ${wanted} is taken: ${name} uses ${chosen[name]}`);
  }
  writePrivately(PORTS_FILE, `${JSON.stringify(chosen, null, 2)}\n`);
  return chosen;
}

/** What an app needs to use this Loomi Pay: the integration guide's four names, and two for tests. */
export interface DevEnv {
  LOOMI_PAY_BASE_URL: string;
  LOOMI_PAY_API_KEY: string;
  APP_ID: string;
  REDIS_URL: string;
  /** The owner's. */
  DATABASE_URL: string;
  LAKALA_SANDBOX_URL?: string;
}

/** What the last start left for apps in `.loomi/dev.env`; empty before the first. */
export function readDevEnv(): Partial<DevEnv> {
  return existsSync(ENV_FILE) ? parseEnv(readFileSync(ENV_FILE, 'utf8')) : {};
}

/** Writes `.loomi/dev.env`, plain `NAME=value` lines that only the owner can read. */
export function writeDevEnv(variables: DevEnv): void {
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
  writePrivately(ENV_FILE, lines.join(''));
}

function writePrivately(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
