import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { freePort } from './free-port.ts';
import { scratchFolder } from './scratch.ts';
import { until } from './until.ts';

const START = join(import.meta.dirname, 'start.mjs');
const LIMIT_MS = 120_000;

interface Run {
  process: ChildProcess;
  output(): string;
}

/** `npm start` beside the developer's own: its state in a folder of its own, and free ports. */
function start(folder: string, port: number): Run {
  // Set to nothing, not left out: the developer's own `.env` must not lead a test to a real database or gateway.
  const none = { DATABASE_URL: '', REDIS_URL: '', LAKALA_BASE_URL: '', PUBLIC_BASE_URL: '', APP_ID: '', MANAGEMENT_PORT: '' };
  const env = { ...process.env, ...none, NODE_ENV: 'development', npm_lifecycle_event: '', LOOMI_FOLDER: folder, PORT: String(port) };
  const child = spawn(process.execPath, [START], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  // Should a test fail half-way, it ends with this jest worker all the same.
  const { registry } = scratchFolder();
  const { pid = 0 } = child;
  registry.add(pid, 'SIGTERM');
  child.once('exit', () => registry.remove(pid));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { process: child, output: () => output };
}

async function isUp(run: Run): Promise<void> {
  await until('the start to finish', LIMIT_MS, () => run.output().includes('Then look at it') || run.process.exitCode !== null);
  expect(run.output()).toContain('Then look at it');
}

async function stop(run: Run, signal: NodeJS.Signals): Promise<void> {
  const exited = once(run.process, 'exit');
  run.process.kill(signal);
  expect(await exited).toEqual([0, null]);
}

function devEnv(folder: string): NodeJS.Dict<string> {
  return parseEnv(readFileSync(join(folder, 'dev.env'), 'utf8'));
}

function notedPids(folder: string): number[] {
  return readdirSync(join(folder, 'run')).map((name) => Number.parseInt(name, 10));
}

/** The first `curl` that the start prints, as a request. */
async function firstOrder(run: Run): Promise<Response> {
  const [, url = '', header = '', body] = /curl -sS (\S+) -H 'Authorization: ([^']+)' .*-d '(.+)'/.exec(run.output()) ?? [];
  return fetch(url, { method: 'POST', headers: { Authorization: header, 'Content-Type': 'application/json' }, body });
}

describe('npm start', () => {
  test('gives a service that takes payments, keeps its data and key, starts again what dies, and leaves nothing', async () => {
    const folder = scratchFolder().subfolder('loomi');
    const port = await freePort();
    const first = start(folder, port);
    await isUp(first);
    const variables = devEnv(folder);
    const names = ['APP_ID', 'DATABASE_URL', 'LAKALA_SANDBOX_URL', 'LOOMI_PAY_API_KEY', 'LOOMI_PAY_BASE_URL', 'REDIS_URL'];
    expect(Object.keys(variables).sort()).toEqual(names);
    expect(statSync(join(folder, 'dev.env')).mode & 0o777).toBe(0o600);
    const order = (await (await firstOrder(first)).json()) as { id: string; merchant_order_id: string };

    const second = start(folder, port);
    expect(await once(second.process, 'exit')).toEqual([1, null]);
    expect(second.output()).toContain('already runs in this folder');

    const pids = notedPids(folder);
    expect(pids).toHaveLength(5);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    for (const name of ['postgres', 'redis', 'sandbox', 'api', 'processor']) {
      await until(`${name} to be back`, LIMIT_MS, () => first.output().includes(`${name} is back`));
    }
    await stop(first, 'SIGTERM');
    expect(notedPids(folder)).toEqual([]);

    const third = start(folder, port);
    await isUp(third);
    expect(devEnv(folder)).toEqual(variables);
    const url = `${variables.LOOMI_PAY_BASE_URL}/api/v1/payment-orders/${order.merchant_order_id}?app_id=${variables.APP_ID}`;
    const found = await fetch(url, { headers: { Authorization: `Bearer ${variables.LOOMI_PAY_API_KEY}` } });
    expect(await found.json()).toMatchObject({ id: order.id });
    await stop(third, 'SIGINT');
    expect(notedPids(folder)).toEqual([]);
  }, 3 * LIMIT_MS);

  test('that is killed leaves nothing running, and replaces a port that is taken, or is when it is to be used', async () => {
    const folder = scratchFolder().subfolder('loomi');
    const taken = createServer().listen(0);
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const run = start(folder, port);
    await until('the ports to be chosen', LIMIT_MS, () => run.output().includes('PostgreSQL'));
    const { processorManagement } = JSON.parse(readFileSync(join(folder, 'ports.json'), 'utf8')) as { processorManagement: number };
    const quicker = createServer().listen(processorManagement, '127.0.0.1');
    await isUp(run);
    expect(run.output()).toContain('a port was taken by another program meanwhile');
    expect(run.output()).toContain(`port ${processorManagement} is taken: processorManagement uses `);
    quicker.close();
    expect(run.output()).toContain(`port ${port} is taken: api uses `);
    expect(devEnv(folder).LOOMI_PAY_BASE_URL).not.toBe(`http://127.0.0.1:${port}`);
    run.process.kill('SIGKILL');
    await until('its processes to be stopped', LIMIT_MS, () => notedPids(folder).length === 0);
    taken.close();
  }, LIMIT_MS);
});
