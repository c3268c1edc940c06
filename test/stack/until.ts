import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 25;

/** Waits until the check gives true; throws, naming what was waited for, when the time is up. */
export async function until(what: string, timeoutMs: number, check: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}`);
    await delay(POLL_MS);
  }
}
