import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Launch } from '../stack/service.ts';
import type { Image } from './image.ts';
import type { Container } from './pod.ts';

/** Why no container can be stood in for on this machine; null where one can. */
export function whyNoCage(): string | null {
  if (process.platform !== 'linux') return 'it takes Linux';
  if (process.getuid?.() !== 0) return 'it takes root, to become another user and to mount';
  const { status, stderr } = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { encoding: 'utf8' });
  return status === 0 ? null : `this machine refuses mounts: ${stderr.trim()}`;
}

/** The names that a container finds beside those of the machine's. */
export const HOST = 'lakala.test';

const PROGRAM_FOLDERS = ['usr/bin', 'usr/lib', 'usr/lib32', 'usr/lib64', 'usr/libx32', 'usr/share'];
const ROOT_FOLDERS = ['bin', 'lib', 'lib32', 'lib64', 'libx32'];
const DEVICES = ['null', 'zero', 'random', 'urandom'];

/**
 * How to start the container in a file system of its own that nobody can write to, as its user and with no capability.
 * The machine's programs stand in for those of the base image, but for Node, which is the pinned one. Network and process
 * numbers are the machine's.
 */
export function cage(container: Container, image: Image, folder: string): Launch {
  const root = join(folder, 'root');
  mkdirSync(root, { recursive: true });
  writeFileSync(join(folder, 'hosts'), `127.0.0.1 localhost ${HOST}\n`);
  writeFileSync(join(folder, 'passwd'), `root:x:0:0::/root:/bin/sh\nnode:x:${image.uid}:${image.gid}::/home/node:/bin/sh\n`);
  writeFileSync(join(folder, 'nsswitch.conf'), 'hosts: files\n');
  const files = ['hosts', 'passwd', 'nsswitch.conf'].map((name): Mount => [join(folder, name), `etc/${name}`]);
  const mounts: Mount[] = [
    ...PROGRAM_FOLDERS.filter((name) => existsSync(`/${name}`)).map((name): Mount => [`/${name}`, name]),
    ...ROOT_FOLDERS.filter((name) => existsSync(`/${name}`) && !isLink(`/${name}`)).map((name): Mount => [`/${name}`, name]),
    ...DEVICES.map((name): Mount => [`/dev/${name}`, `dev/${name}`]),
    [process.execPath, 'usr/local/bin/node'],
    [join(image.root, image.workdir), image.workdir.slice(1)],
    ...files,
    ...[...container.mounts].map(([at, source]): Mount => [source, at.slice(1)]),
  ];
  const script = [
    'set -eu',
    `mount -t tmpfs -o mode=755 tmpfs "$0"`,
    `cd "$0"`,
    ...ROOT_FOLDERS.filter((name) => isLink(`/${name}`)).map((name) => `ln -s usr/${name} ${name}`),
    ...mounts.flatMap(([source, target]) => bind(source, target)),
    // As in the base image: who may write there could, if anything could be written.
    'mkdir -m 1777 tmp',
    'mkdir proc && mount --rbind /proc proc',
    `mount -o remount,ro "$0"`,
    `exec chroot "$0" "$@"`,
  ];
  const { uid, gid, groups, env } = container;
  const user = [`--reuid=${uid}`, `--regid=${gid}`, `--groups=${groups.join(',')}`];
  const drop = ['--no-new-privs', '--bounding-set=-all', '--inh-caps=-all'];
  const inside = ['/usr/bin/env', '-C', image.workdir, '/usr/bin/setpriv', ...user, ...drop, ...container.command];
  return {
    command: '/usr/bin/unshare',
    args: ['--mount', '--propagation=private', '/bin/sh', '-c', script.join('\n'), root, ...inside],
    // The PATH of the official Node image.
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...env },
  };
}

/** From the machine, and where in the root. */
type Mount = [source: string, target: string];

function bind(source: string, target: string): string[] {
  const place = lstatSync(source).isDirectory() ? `mkdir -p ${target}` : `mkdir -p ${dirname(target)} && : > ${target}`;
  // Devices are files to write to, whoever may write there.
  const readOnly = source.startsWith('/dev/') ? [] : [`mount -o remount,ro,bind ${target}`];
  return [place, `mount --bind ${source} ${target}`, ...readOnly];
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}
