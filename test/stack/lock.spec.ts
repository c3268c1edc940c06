import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processIdentity, tryLock, waitForLock } from './lock.mjs';
import { scratchFolder } from './scratch.ts';

describe('the lock', () => {
  const lockFile = (): string => join(scratchFolder().subfolder('lock'), 'it.lock');

  test('is held by one, and had by the next when released', async () => {
    const file = lockFile();
    const first = await waitForLock(file);
    expect(tryLock(file)).toEqual({ heldBy: process.pid });
    const next = waitForLock(file);
    first.release();
    (await next).release();
    expect(tryLock(file)).toHaveProperty('release');
  });

  test('of a process that died is taken over', () => {
    const file = lockFile();
    const dead = spawnSync(process.execPath, ['--version']).pid;
    writeFileSync(file, `${dead}\nlong-ago\n`);
    expect(tryLock(file)).toHaveProperty('release');
  });

  test('of a process whose number another one has by now is taken over', () => {
    const file = lockFile();
    writeFileSync(file, `${process.pid}\nlong-ago\n`);
    expect(tryLock(file)).toHaveProperty('release');
  });

  test('a process keeps its identity, and one that does not run has none', () => {
    expect(processIdentity(process.pid)).toBe(processIdentity(process.pid));
    expect(processIdentity(2_147_483_646)).toBeNull();
  });
});
