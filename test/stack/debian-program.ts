import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { libraryPath, unpackDebianPackages } from './debian-packages.ts';
import { waitForLock } from './lock.mjs';
import { CACHE_FOLDER } from './project.ts';
import type { Launch } from './service.ts';

const FOLDERS = ['bin', 'sbin'];

/**
 * How to run a program of the distribution here: the one on the PATH, or Debian's, unpacked into .loomi/ and not installed.
 * @throws Error where there is neither, with what went wrong.
 */
export async function debianProgram(program: string, debianPackage: string): Promise<Launch> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const present = folders.map((folder) => join(folder, program)).find((file) => existsSync(file));
  if (present) return { command: present, args: [], env: process.env };
  const folder = join(CACHE_FOLDER, debianPackage);
  const lock = await waitForLock(`${folder}.lock`);
  try {
    return unpacked(folder, program) ?? fetchFromDebian(folder, program, debianPackage);
  } finally {
    lock.release();
  }
}

function fetchFromDebian(folder: string, program: string, debianPackage: string): Launch {
  const failure = unpackDebianPackages({ packages: [debianPackage], always: [debianPackage], folder });
  if (failure) throw new Error(`There is no ${program} here, and fetching Debian's ${debianPackage} failed: ${failure}`);
  const launch = unpacked(folder, program);
  if (!launch) throw new Error(`Debian's ${debianPackage} was unpacked into ${folder}, but has no ${program}.`);
  return launch;
}

function unpacked(folder: string, program: string): Launch | null {
  const command = FOLDERS.map((name) => join(folder, 'usr', name, program)).find((file) => existsSync(file));
  return command ? { command, args: [], env: { ...process.env, ...libraryPath(folder) } } : null;
}
