import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MemoryWatch } from './memory-watch.ts';

/** Takes so many MiB more whenever it is told to. */
const TAKER = `const kept = [];
process.on('message', (mib) => { kept.push(Buffer.alloc(mib << 20, 1)); process.send('taken'); });
process.send('ready');`;

let child: ChildProcess;

beforeEach(async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'loomi-taker-')), 'taker.cjs');
  writeFileSync(file, TAKER);
  child = fork(file, { execArgv: [] });
  await once(child, 'message');
});

afterEach(() => {
  child.kill();
});

it('sees what a process takes, and when', async () => {
  const watch = new MemoryWatch(child.pid ?? 0);
  const beganMs = performance.now();
  const seconds = (): number => (performance.now() - beganMs) / 1_000;
  await delay(1_200);
  const before = seconds();
  child.send(100);
  await once(child, 'message');
  const after = seconds();
  await delay(1_200);
  await watch.stop();
  const more = watch.between(after, seconds()) - watch.between(0, before);
  expect(more).toBeGreaterThan(95);
  expect(more).toBeLessThan(140);
});

it('says so where the process has ended', async () => {
  const ended = once(child, 'exit');
  const watch = new MemoryWatch(child.pid ?? 0);
  child.kill();
  await ended;
  await delay(1_000);
  await expect(watch.stop()).rejects.toThrow();
});
