import { cpus, loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_MS = 3_000;
/** A desktop at rest uses a few hundredths; beyond this, what is measured depends on what else runs. */
const MOST_BUSY = 0.1;

/** How busy the machine is while nothing of ours runs: the share of its processors' time that others take. */
export async function busyShare(): Promise<number> {
  const before = times();
  await delay(LOOK_MS);
  const after = times();
  const all = after.all - before.all;
  return all === 0 ? 0 : 1 - (after.idle - before.idle) / all;
}

/** What speaks against measuring now; null where the machine is quiet enough. */
export function tooBusy(share: number): string | null {
  if (share <= MOST_BUSY) return null;
  return (
    `the machine is not quiet: other programs take ${percent(share)} of its processors, where ${percent(MOST_BUSY)} are the most ` +
    `(load ${loadavg()[0]?.toFixed(1)})`
  );
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function times(): { all: number; idle: number } {
  const sums = { all: 0, idle: 0 };
  for (const { times: spent } of cpus()) {
    sums.idle += spent.idle;
    sums.all += spent.user + spent.nice + spent.sys + spent.irq + spent.idle;
  }
  return sums;
}
