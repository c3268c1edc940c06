import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { libraryPath, unpackDebianPackages } from './debian-packages.ts';
import { waitForLock } from './lock.mjs';
import type { PostgresBuild } from './postgres-binaries.ts';
import { CACHE_FOLDER } from './project.ts';
import type { Launch } from './service.ts';

const FOLDERS = ['bin', 'sbin'];

/**
 * How to run a program of the distribution here: the one on the PATH, or Debian's, unpacked into .loomi/ and not installed.
 * @throws Error where there is neither, with what went wrong.
 */
export async function debianProgram(program: string, debianPackage: string): Promise<Launch> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return found(program, debianPackage, folders, FOLDERS);
}

/** Debian's PostgreSQL of this major version, installed or unpacked into .loomi/. */
export async function debianPostgres(major: number): Promise<PostgresBuild> {
  const folder = join('lib', 'postgresql', String(major), 'bin');
  const { command, env = process.env } = await found('postgres', `postgresql-${major}`, [join('/usr', folder)], [folder]);
  return { bin: dirname(command), env };
}

async function found(program: string, debianPackage: string, folders: readonly string[], inPackage: readonly string[]): Promise<Launch> {
  const present = folders.map((folder) => join(folder, program)).find((file) => existsSync(file));
  if (present) return { command: present, args: [], env: process.env };
  const folder = join(CACHE_FOLDER, debianPackage);
  const lock = await waitForLock(`${folder}.lock`);
  try {
    return unpacked(folder, program, inPackage) ?? fetchFromDebian(folder, program, debianPackage, inPackage);
  } finally {
    lock.release();
  }
}

function fetchFromDebian(folder: string, program: string, debianPackage: string, inPackage: readonly string[]): Launch {
  const failure = unpackDebianPackages({ packages: [debianPackage], always: [debianPackage], folder });
  if (failure) throw new Error(`There is no ${program} here, and fetching Debian's ${debianPackage} failed: ${failure}`);
  const launch = unpacked(folder, program, inPackage);
  if (!launch) throw new Error(`Debian's ${debianPackage} was unpacked into ${folder}, but has no ${program}.`);
  return launch;
}

function unpacked(folder: string, program: string, inPackage: readonly string[]): Launch | null {
  const command = inPackage.map((name) => join(folder, 'usr', name, program)).find((file) => existsSync(file));
  return command ? { command, args: [], env: { ...process.env, ...libraryPath(folder) } } : null;
}
