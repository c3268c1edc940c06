import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface DebianFolder {
  /** What is wanted; what these need and this machine lacks comes with them. */
  packages: readonly string[];
  /** Downloaded in any case: where one is installed and yet not usable, it is fetched all the same. */
  always: readonly string[];
  /** Where they are unpacked; replaced whole, and only when all of it is there. */
  folder: string;
}

/** Whether this machine has what {@link unpackDebianPackages} needs. */
export function canUnpackDebianPackages(): boolean {
  return findProgram('apt-get') !== null && findProgram('dpkg') !== null;
}

/**
 * Downloads and unpacks Debian's packages into a folder of ours, which needs no root. They are not installed: that would
 * change the machine, and start a system service. Gives what went wrong, or null.
 */
export function unpackDebianPackages({ packages, always, folder }: DebianFolder): string | null {
  const draft = `${folder}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(join(draft, 'packages'), { recursive: true });
  // The machine's own package lists first; where they are missing or old, lists of ours.
  const failure = download(draft, [], packages, always) && download(draft, privateLists(draft), packages, always);
  if (failure) return failure;
  for (const file of readdirSync(join(draft, 'packages'))) {
    const result = spawnSync('dpkg', ['-x', join(draft, 'packages', file), draft], { encoding: 'utf8', env: withTools() });
    if (result.status !== 0) return `dpkg could not unpack ${file}: ${result.stderr}`;
  }
  rmSync(folder, { recursive: true, force: true });
  for (const used of ['packages', 'state', 'cache']) rmSync(join(draft, used), { recursive: true, force: true });
  renameSync(draft, folder);
  return null;
}

/** The environment in which programs unpacked into the folder find their libraries. */
export function libraryPath(folder: string): { LD_LIBRARY_PATH: string } | undefined {
  const lib = join(folder, 'usr', 'lib');
  if (!existsSync(lib)) return undefined;
  const subfolders = readdirSync(lib, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return { LD_LIBRARY_PATH: [lib, ...subfolders.map((entry) => join(lib, entry.name))].join(delimiter) };
}

function download(draft: string, options: string[], packages: readonly string[], always: readonly string[]): string | null {
  const plan = aptGet([...options, '-s', 'install', '--no-install-recommends', ...packages], draft);
  if (plan.status !== 0) return plan.stderr;
  const missing = [...plan.stdout.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? '');
  const result = aptGet([...options, 'download', ...new Set([...missing, ...always])], join(draft, 'packages'));
  return result.status === 0 ? null : result.stderr;
}

function privateLists(draft: string): string[] {
  for (const folder of ['state/lists/partial', 'cache/archives/partial']) mkdirSync(join(draft, folder), { recursive: true });
  const options = {
    'Dir::State': join(draft, 'state'),
    'Dir::State::status': '/var/lib/dpkg/status',
    'Dir::Cache': join(draft, 'cache'),
    'Debug::NoLocking': '1',
    // apt would step down to a user of its own, who cannot enter our folder.
    'APT::Sandbox::User': '',
  };
  const given = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  // Its exit code is not asked: hooks that tidy the machine's own cache may fail here. The download will tell.
  aptGet([...given, 'update'], draft);
  return given;
}

function aptGet(args: string[], cwd: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('apt-get', ['-q', ...args], { cwd, encoding: 'utf8', env: withTools() });
}

/** apt-get and dpkg call further programs by name. */
function withTools(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C', PATH: `${process.env.PATH ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin` };
}

function findProgram(name: string): string | null {
  const folders = (withTools().PATH ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Not there, or not ours to run: both mean that it is not the one.
    return false;
  }
}
