import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { canUnpackDebianPackages, libraryPath, unpackDebianPackages } from '../stack/debian-packages.ts';
import { waitForLock } from '../stack/lock.mjs';
import { LOOMI_FOLDER } from '../stack/project.ts';

export interface Python {
  command: string;
  env: NodeJS.ProcessEnv;
}

const MODULES = ['requests', 'redis'];
const PACKAGES = MODULES.map((module) => `python3-${module}`);
const CACHE = join(LOOMI_FOLDER, 'python');

/**
 * A Python 3 that has `requests` and `redis`: the machine's, or with what it lacks of Debian's packages unpacked into a
 * folder of ours, or all of it from there. Null where there is none and no Debian to take it from; throws where there
 * should be one.
 */
export async function pythonWithModules(): Promise<Python | null> {
  const present = [plain('python3'), plain('/usr/bin/python3')].find(hasModules);
  if (present) return present;
  if (!canUnpackDebianPackages()) return null;
  const lock = await waitForLock(`${CACHE}.lock`);
  try {
    const cached = unpacked();
    if (cached) return cached;
    const failure = unpackDebianPackages({ packages: ['python3', ...PACKAGES], always: PACKAGES, folder: CACHE });
    if (failure) throw new Error(`The Python samples need python3 with ${MODULES.join(' and ')}; fetching them failed: ${failure}`);
    const fetched = unpacked();
    if (fetched) return fetched;
  } finally {
    lock.release();
  }
  throw new Error(`The Python samples need python3 with ${MODULES.join(' and ')}; what was unpacked into ${CACHE} does not work`);
}

function plain(command: string): Python {
  return { command, env: { ...process.env } };
}

function unpacked(): Python | null {
  const modules = join(CACHE, 'usr', 'lib', 'python3', 'dist-packages');
  if (!existsSync(modules)) return null;
  const env = { ...process.env, PYTHONPATH: modules };
  const own: Python = {
    command: join(CACHE, 'usr', 'bin', 'python3'),
    env: { ...env, ...libraryPath(CACHE), PATH: `${process.env.PATH ?? ''}${delimiter}/usr/bin` },
  };
  // Debian's modules are for Debian's python3, so that one before another on the PATH.
  return [own, { command: '/usr/bin/python3', env }].find(hasModules) ?? null;
}

function hasModules({ command, env }: Python): boolean {
  const imports = MODULES.map((module) => `import ${module}`).join('\n');
  return spawnSync(command, ['-c', imports], { env }).status === 0;
}
