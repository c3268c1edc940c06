import { setTimeout as delay } from 'node:timers/promises';
import type { World } from '../e2e/world.ts';
import type { Sample } from './findings.ts';

const EVERY_MS = 1_000;

/** Looks at both sides every second. */
export class Sampler {
  readonly samples: Sample[] = [];
  readonly #world: World;
  readonly #begunAt = performance.now();
  #stopped = false;
  readonly #running: Promise<void>;

  constructor(world: World) {
    this.#world = world;
    this.#running = this.#watch();
  }

  get nowMs(): number {
    return performance.now() - this.#begunAt;
  }

  get last(): Sample | undefined {
    return this.samples.at(-1);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #watch(): Promise<void> {
    for (let turn = 1; !this.#stopped; turn += 1) {
      const calls = await this.#world.lakala.calls();
      const atMs = this.nowMs;
      const { rows } = await this.#world.books.query<Omit<Sample, 'atMs' | 'calls'>>(
        `SELECT count(*) FILTER (WHERE status IN ('pending', 'processing'))::int AS open,
           count(*) FILTER (WHERE status = 'pending')::int AS waiting, count(*) FILTER (WHERE status = 'succeeded')::int AS found
         FROM payment_orders`,
      );
      if (rows[0]) this.samples.push({ atMs, calls, ...rows[0] });
      await delay(Math.max(0, turn * EVERY_MS - this.nowMs));
    }
  }
}
