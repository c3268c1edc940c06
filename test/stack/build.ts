import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { waitForLock } from './lock.mjs';
import { CACHE_FOLDER, ROOT } from './project.ts';

const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, '.sources');
const CONFIGURATION = ['.swcrc', 'nest-cli.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

/** Builds `dist` unless it was built from the very sources that are here. Gives whether it had to. */
export async function ensureBuilt(): Promise<boolean> {
  const lock = await waitForLock(join(CACHE_FOLDER, 'build.lock'));
  try {
    const sources = hashOfSources();
    if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sources) return false;
    build();
    writeFileSync(STAMP, sources);
    return true;
  } finally {
    lock.release();
  }
}

function build(): void {
  // Removed first: what was built from a file that is gone would be run all the same.
  rmSync(DIST, { recursive: true, force: true });
  const bin = join(ROOT, 'node_modules', '.bin');
  const result = spawnSync(process.execPath, [join(bin, 'nest'), 'build', '--all'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
  });
  if (result.status !== 0) throw new Error(`The build failed:\n${result.stdout}${result.stderr}`, { cause: result.error });
}

function hashOfSources(): string {
  const files = globSync('{apps,libs}/**/*.{ts,json}', { cwd: ROOT }).filter((file) => !file.endsWith('.spec.ts'));
  const hash = createHash('sha256');
  for (const file of [...CONFIGURATION, ...files].sort()) hash.update(`${file}\0`).update(readFileSync(join(ROOT, file))).update('\0');
  return hash.digest('hex');
}
