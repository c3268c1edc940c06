import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, matchesGlob, relative, resolve } from 'node:path';
import { ROOT } from '../stack/project.ts';
import { DOCKERFILE, environmentOf, lastOf, shippedStages, type Stage, type Step } from './dockerfile.ts';

/** What Docker would make, as far as it can be made without: the base image's own files are this machine's. */
export interface Image {
  /** What the image adds to its base, from its root. */
  root: string;
  workdir: string;
  env: Record<string, string>;
  uid: number;
  gid: number;
  entrypoint: string[];
  cmd: string[];
}

/** Carries out the Dockerfile's steps, every stage in an empty folder of its own in `folder`. */
export function buildImage(folder: string): Image {
  const built = new Map<string, string>();
  const stages = shippedStages();
  for (const [index, stage] of stages.entries()) {
    const root = join(folder, stage.name ?? `stage-${index}`);
    buildStage(stage, root, built);
    built.set(stage.name ?? '', root);
  }
  const image = stages.at(-1) as Stage;
  const [uid = 0, gid = 0] = (lastOf(image, 'USER')[0] ?? '').split(':').map(Number);
  return {
    root: built.get('') ?? '',
    workdir: lastOf(image, 'WORKDIR')[0] ?? '/',
    env: environmentOf(image),
    uid,
    gid,
    entrypoint: lastOf(image, 'ENTRYPOINT'),
    cmd: lastOf(image, 'CMD'),
  };
}

function buildStage({ steps }: Stage, root: string, built: ReadonlyMap<string, string>): void {
  let workdir = root;
  for (const step of steps) {
    if (step.keyword === 'WORKDIR') mkdirSync((workdir = join(root, step.args[0] ?? '')), { recursive: true });
    else if (step.keyword === 'COPY') copy(step, workdir, step.from === null ? null : built.get(step.from));
    else if (step.keyword === 'RUN') run(step.args.join(' '), workdir);
    else if (!['ENV', 'USER', 'EXPOSE', 'ENTRYPOINT', 'CMD'].includes(step.keyword)) throw new Error(`cannot ${step.keyword}`);
  }
}

function copy({ args }: Step, workdir: string, stage: string | null | undefined): void {
  const [target = '', ...sources] = args.toReversed();
  if (stage === undefined) throw new Error(`COPY from a stage that is not there: ${args.join(' ')}`);
  for (const source of sources) {
    const from = stage === null ? join(ROOT, source) : join(stage, source);
    if (!existsSync(from)) throw new Error(`COPY of ${source}, which is not there`);
    const to = target.endsWith('/') && !statSync(from).isDirectory() ? join(workdir, target, basename(source)) : resolve(workdir, target);
    // A stage's folder is needed no more: what is taken from it is moved, which is soon done.
    if (stage === null) cpSync(from, to, { recursive: true, filter: isSent });
    else renameSync(from, to);
    if (!existsSync(to)) throw new Error(`COPY of ${source}, which Dockerfile.dockerignore leaves out`);
  }
}

const ignored = readFileSync(`${DOCKERFILE}.dockerignore`, 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'));

/** Whether the builder would be sent this file: the last pattern that fits it, or a folder that it is in, decides. */
function isSent(file: string): boolean {
  const path = relative(ROOT, file);
  // A folder on the way to what is sent.
  if (ignored.some((pattern) => pattern.startsWith(`!${path}/`))) return true;
  const places = [path];
  for (let place = dirname(path); place !== '.'; place = dirname(place)) places.push(place);
  const decides = ignored.findLast((pattern) => places.some((place) => matchesGlob(place, pattern.replace('!', ''))));
  return decides === undefined || decides.startsWith('!');
}

function run(line: string, workdir: string): void {
  // All packages, as the project's own folder has them by the same command: once more would take minutes.
  if (line === 'npm ci --ignore-scripts') return symlinkSync(join(ROOT, 'node_modules'), join(workdir, 'node_modules'));
  const result = spawnSync('/bin/sh', ['-c', line], { cwd: workdir, encoding: 'utf8', env: builderEnvironment() });
  if (result.status !== 0) throw new Error(`RUN ${line} failed:\n${result.stdout}${result.stderr}`, { cause: result.error });
}

/** As in a new container: nothing of the npm and the jest that run this test, but how packages are reached from this machine. */
function builderEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => name === 'NODE_EXTRA_CA_CERTS' || !/^(npm_|NODE_|JEST_)/.test(name));
  // The lock has the hash of each package, so one that the cache has is the one that would be fetched.
  return { ...Object.fromEntries(kept), npm_config_prefer_offline: 'true' };
}

/** Where a file is that the image has in its working folder. */
export function inImage({ root, workdir }: Image, path: string): string {
  return join(root, workdir, path);
}
