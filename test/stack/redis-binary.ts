import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { canUnpackDebianPackages, libraryPath, unpackDebianPackages } from './debian-packages.ts';
import { waitForLock } from './lock.mjs';
import { CACHE_FOLDER } from './project.ts';
import type { Launch } from './service.ts';

/** The oldest that is tested. */
const OLDEST_VERSION = 7;
const SERVERS = ['redis-server', 'valkey-server'];
const HOMEBREW_FOLDERS = ['/opt/homebrew', '/usr/local'].flatMap((prefix) =>
  ['redis', 'valkey'].map((formula) => `${prefix}/opt/${formula}/bin`),
);
const CACHE = join(CACHE_FOLDER, 'redis-server');

/** How to run a Redis server here: one on the PATH, one unpacked from Debian's packages, or Homebrew's. */
export async function redisProgram(say: (line: string) => void = () => undefined): Promise<Launch> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const present = firstUsable([...folders, ...HOMEBREW_FOLDERS].map((folder) => ({ folder })));
  if (present) return present;
  const cached = unpacked(CACHE);
  if (cached) return cached;
  if (!canUnpackDebianPackages()) throw new Error(NONE_FOUND);
  const lock = await waitForLock(`${CACHE}.lock`);
  try {
    return unpacked(CACHE) ?? fetchFromDebian(say);
  } finally {
    lock.release();
  }
}

const NONE_FOUND =
  'No Redis server found. Install one (Debian: apt-get install redis-server; macOS: brew install redis), ' +
  'or set REDIS_URL to one that runs. Redis 7.0 is the oldest that will do; Valkey will too.';

function fetchFromDebian(say: (line: string) => void): Launch {
  say('no Redis server here: fetching the one of Debian into .loomi/ (nothing is installed)');
  // Where it is installed and yet was not found, what is there does not work.
  const failure = unpackDebianPackages({ packages: ['redis-server'], always: ['redis-server', 'redis-tools'], folder: CACHE });
  if (failure) throw new Error(`${NONE_FOUND}\nFetching Debian's package failed: ${failure}`);
  const program = unpacked(CACHE);
  if (!program) throw new Error(`${NONE_FOUND}\nDebian's package was unpacked into ${CACHE}, but its server does not start.`);
  return program;
}

function unpacked(folder: string): Launch | null {
  const env = libraryPath(folder);
  // Debian's redis-server is a link to redis-check-rdb, one program under several names.
  return env ? firstUsable([{ folder: join(folder, 'usr', 'bin'), env }]) : null;
}

function firstUsable(places: { folder: string; env?: NodeJS.ProcessEnv }[]): Launch | null {
  for (const { folder, env: extra } of places) {
    for (const name of SERVERS) {
      const command = join(folder, name);
      const env = { ...process.env, ...extra };
      if (existsSync(command) && isRecent(command, env)) return { command, args: [], env };
    }
  }
  return null;
}

function isRecent(command: string, env: NodeJS.ProcessEnv): boolean {
  const { stdout } = spawnSync(command, ['--version'], { env, encoding: 'utf8' });
  const version = /v=(\d+\.\d+)/.exec(stdout ?? '')?.[1];
  return version !== undefined && Number(version) >= OLDEST_VERSION;
}
