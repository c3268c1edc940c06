import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processIdentity } from './lock.mjs';
import { ProcessRegistry, stopLeftovers } from './process-registry.ts';
import { scratchFolder } from './scratch.ts';
import { Service } from './service.ts';
import { Supervisor } from './supervisor.ts';
import { until } from './until.ts';

const SLEEP = { command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'] };
const DEAF = { command: process.execPath, args: ['-e', "process.on('SIGTERM', () => {}); console.log('deaf'); setInterval(() => {}, 1000)"] };

function service(launch: { command: string; args: string[] }, graceMs = 10_000, ready = async () => true): Service {
  const scratch = scratchFolder();
  const logFile = join(scratch.subfolder('log'), 'it.log');
  return new Service({ name: 'it', launch: () => launch, ready, logFile, registry: scratch.registry, graceMs });
}

const isGone = (pid: number) => (): boolean => processIdentity(pid) === null;

describe('a service', () => {
  test('that ends before it is ready says why, in its own words', async () => {
    const failing = service({ command: process.execPath, args: ['-e', "console.error('no such port'); process.exit(3)"] }, 0, async () => false);
    await expect(failing.start()).rejects.toThrow(/exit code 3.*\n.*no such port/);
  });

  test('that does not end when asked is ended after its grace time', async () => {
    let heard = false;
    const scratch = scratchFolder();
    const deaf = new Service({
      name: 'deaf',
      launch: () => DEAF,
      ready: async () => heard,
      logFile: join(scratch.subfolder('log'), 'deaf.log'),
      registry: scratch.registry,
      graceMs: 100,
      onLine: () => (heard = true),
    });
    await deaf.start();
    const { ended } = deaf;
    await deaf.stop();
    expect(await ended).toBe('signal SIGKILL');
  });

  test('that is paused can be stopped', async () => {
    const paused = service(SLEEP);
    await paused.start();
    paused.pause();
    await paused.stop();
    expect(paused.isRunning).toBe(false);
  });
});

describe('the supervisor', () => {
  test('starts again what dies, says so, and leaves nothing when it stops', async () => {
    const said: string[] = [];
    const supervisor = new Supervisor((line) => said.push(line));
    const [kept, neighbour] = [service(SLEEP), service(SLEEP)];
    await supervisor.start(kept, neighbour);
    const first = kept.pid;
    await kept.kill();
    await until('the service to be back', 10_000, () => said.includes('it is back'));
    const second = kept.pid;
    expect(second).not.toBe(first);
    expect(said[0]).toBe('it died (signal SIGKILL); starting it again');
    await supervisor.stopAll();
    expect([kept.isRunning, neighbour.isRunning, isGone(second)()]).toEqual([false, false, true]);
  });

  test('that is asked to stop while a dead service waits for its turn starts it no more', async () => {
    const said: string[] = [];
    const supervisor = new Supervisor((line) => said.push(line));
    const dying = service(SLEEP);
    await supervisor.start(dying);
    await dying.kill();
    await until('its death to be noticed', 10_000, () => said.length > 0);
    await supervisor.stopAll();
    expect(dying.isRunning).toBe(false);
  });
});

describe('the process registry', () => {
  test('stops what is left when its process is killed', async () => {
    const folder = scratchFolder().subfolder('run');
    const here = import.meta.dirname;
    const program = `
      import { spawn } from 'node:child_process';
      import { ProcessRegistry } from '${here}/process-registry.ts';
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
      new ProcessRegistry(process.argv[1]).add(child.pid, 'SIGTERM');
      console.log(child.pid);
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = (await once(parent.stdout, 'data')) as [Buffer];
    parent.kill('SIGKILL');
    await until('the orphan to be stopped', 10_000, isGone(Number(output.toString())));
  });

  test('finds what an earlier run left, and spares a process that only has the same number', async () => {
    const folder = scratchFolder().subfolder('run');
    mkdirSync(folder, { recursive: true });
    const [orphan, stranger] = [SLEEP, SLEEP].map(({ command, args }) => spawn(command, args, { stdio: 'ignore' }));
    const [orphanPid, strangerPid] = [orphan?.pid ?? 0, stranger?.pid ?? 0];
    writeFileSync(join(folder, `${orphanPid}.pid`), `${orphanPid} TERM ${processIdentity(orphanPid)}\n`);
    writeFileSync(join(folder, `${strangerPid}.pid`), `${strangerPid} TERM an-earlier-process\n`);
    expect(await stopLeftovers(folder)).toBe(1);
    expect([isGone(orphanPid)(), isGone(strangerPid)()]).toEqual([true, false]);
    expect(readdirSync(folder)).toEqual([]);
    stranger?.kill();
  });

  test('notes a process only while it runs', async () => {
    const folder = scratchFolder().subfolder('run');
    const registry = new ProcessRegistry(folder);
    const noted = new Service({ name: 'noted', launch: () => SLEEP, ready: async () => true, logFile: join(folder, 'log'), registry });
    await noted.start();
    expect(readdirSync(folder)).toContain(`${noted.pid}.pid`);
    await noted.stop();
    expect(readdirSync(folder)).toEqual(['log']);
    await registry.close();
  });
});
