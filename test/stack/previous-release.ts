import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './project.ts';
import { scratchFolder } from './scratch.ts';

const NAMED_IN = join('test', 'fixtures', 'previous-release');

export interface PreviousRelease {
  commit: string;
  /** Its sources, its packages and its build. */
  folder: string;
}

let made: PreviousRelease | undefined;

/** The release that ran before this one, unpacked and built in a scratch folder; throws where its commit cannot be had. */
export function previousRelease(): PreviousRelease {
  made ??= make(namedCommit(readFileSync(join(ROOT, NAMED_IN), 'utf8')));
  return made;
}

/** The one full hash in the text; throws where there is none, or more. */
export function namedCommit(text: string): string {
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  const [commit = '', ...more] = lines;
  if (!/^[0-9a-f]{40}$/.test(commit) || more.length > 0) throw new Error(`${NAMED_IN} must name one commit by its full hash`);
  return commit;
}

/** Throws with what to do unless the repository at the folder has the commit. */
export function expectCommit(repository: string, commit: string): void {
  if (!git(repository, ['rev-parse', '--git-dir']).ok) {
    throw new Error(`The release before (${commit}, named in ${NAMED_IN}) cannot be had, since there is no Git history here: run this in a clone.`);
  }
  if (!git(repository, ['cat-file', '-e', `${commit}^{commit}`]).ok) {
    throw new Error(`The release before (${commit}, named in ${NAMED_IN}) is not in this clone: fetch it, for instance by git fetch --unshallow.`);
  }
}

function make(commit: string): PreviousRelease {
  expectCommit(ROOT, commit);
  const folder = scratchFolder().subfolder('previous-release');
  const archive = `${folder}.tar`;
  must('git archive', git(ROOT, ['archive', '--format=tar', `--output=${archive}`, commit]));
  must('tar', run('tar', ['-xf', archive, '-C', folder], folder));
  const lock = (root: string): string => readFileSync(join(root, 'package-lock.json'), 'utf8');
  // Only where they are the same: an install would clear the folder that is linked to.
  if (lock(ROOT) === lock(folder)) symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  else must('npm ci of the release before', evaluate(folder, `await (await import('./test/stack/install.mjs')).installed()`));
  const redis = join(ROOT, '.loomi', 'redis-server');
  // Its own install may have made it.
  mkdirSync(join(folder, '.loomi'), { recursive: true, mode: 0o700 });
  if (existsSync(redis)) symlinkSync(redis, join(folder, '.loomi', 'redis-server'));
  must('the build of the release before', evaluate(folder, `await (await import('./test/stack/build.ts')).ensureBuilt()`));
  return { commit, folder };
}

interface Result {
  ok: boolean;
  output: string;
}

function git(repository: string, args: string[]): Result {
  return run('git', ['-C', repository, ...args], repository);
}

function evaluate(folder: string, module: string): Result {
  return run(process.execPath, ['--input-type=module', '--eval', module], folder);
}

function run(command: string, args: string[], cwd: string): Result {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return { ok: status === 0, output: `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}` };
}

function must(what: string, { ok, output }: Result): void {
  if (!ok) throw new Error(`${what} failed:\n${output}`);
}
