import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { median } from './median.ts';

const LOOK_EVERY_MS = 500;
const KIB_OF_A_MIB = 1_024;

/** What a process keeps in memory, looked at all the while, since it differs from one garbage collection to the next. */
export class MemoryWatch {
  readonly #looks: { atMs: number; mib: number }[] = [];
  readonly #beganMs = performance.now();
  readonly #stopped = new AbortController();
  readonly #looking: Promise<void>;

  constructor(pid: number) {
    this.#looking = this.#look(pid);
    // Told to who stops it.
    this.#looking.catch(() => undefined);
  }

  /** In MiB, the median of a while; both ends in seconds since the watch began. */
  between(fromSeconds: number, toSeconds: number): number {
    const within = this.#looks.filter(({ atMs }) => atMs >= fromSeconds * 1_000 && atMs <= toSeconds * 1_000);
    return median(within.map(({ mib }) => mib));
  }

  /** Rejects where the process could not be looked at to the end. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#looking;
  }

  async #look(pid: number): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      this.#looks.push({ atMs: performance.now() - this.#beganMs, mib: residentMib(pid) });
      await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Throws where there is no such process, or no /proc. */
function residentMib(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kib === undefined) throw new Error(`process ${pid} has no memory`);
  return Number(kib) / KIB_OF_A_MIB;
}
