import { setTimeout as delay } from 'node:timers/promises';
import type { FaultLog } from './fault-log.ts';

const EVERY_MS = 1_000;

export interface CallCount {
  atMs: number;
  /** Calls of the merchant since the sandbox was made. */
  calls: number;
}

/** Counts the calls that reach Lakala, second by second, where Lakala can be asked. */
export class CallWatch {
  readonly counts: CallCount[] = [];
  readonly #sandboxUrl: string;
  readonly #log: FaultLog;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(sandboxUrl: string, log: FaultLog) {
    this.#sandboxUrl = sandboxUrl;
    this.#log = log;
  }

  start(): void {
    this.#running = this.#watch();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      const calls = await this.#ask();
      if (calls !== null) this.counts.push({ atMs: this.#log.now(), calls });
      await delay(EVERY_MS);
    }
  }

  async #ask(): Promise<number | null> {
    try {
      const answer = await fetch(`${this.#sandboxUrl}/control/calls`, { signal: AbortSignal.timeout(2_000) });
      const counts = (await answer.json()) as Record<string, number>;
      return Object.values(counts).reduce((sum, count) => sum + count, 0);
    } catch {
      // Dead or paused: this second goes uncounted, the total goes on.
      return null;
    }
  }
}
