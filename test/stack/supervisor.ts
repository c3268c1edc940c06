import { setTimeout as delay } from 'node:timers/promises';
import type { Service } from './service.ts';

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 5_000;
/** One that ran this long before it died was fine: the next delay is the first again. */
const STEADY_MS = 30_000;

/** Keeps services running, as Kubernetes would: one that dies is started again, after a delay that grows. */
export class Supervisor {
  readonly #say: (line: string) => void;
  readonly #stages: Service[][] = [];
  readonly #keepers: Promise<void>[] = [];
  readonly #stopping = new AbortController();

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** Starts services that may start, and stop, at the same time; from then on they are kept running. */
  async start(...stage: Service[]): Promise<void> {
    this.#stopping.signal.throwIfAborted();
    this.#stages.push(stage);
    await Promise.all(stage.map((service) => service.start()));
    this.#keepers.push(...stage.map((service) => this.#keep(service)));
  }

  /** Stops everything, last started first. */
  async stopAll(): Promise<void> {
    this.#stopping.abort();
    for (const stage of this.#stages.toReversed()) await Promise.all(stage.map((service) => service.stop()));
    await Promise.all(this.#keepers);
  }

  async #keep(service: Service): Promise<void> {
    const { signal } = this.#stopping;
    for (let waitMs = FIRST_DELAY_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_DELAY_MS)) {
      const startedAt = performance.now();
      const how = await service.ended;
      if (signal.aborted) return;
      if (performance.now() - startedAt > STEADY_MS) waitMs = FIRST_DELAY_MS;
      this.#say(`${service.name} died (${how}); starting it again`);
      try {
        await delay(waitMs, undefined, { signal });
        await service.start();
        this.#say(`${service.name} is back`);
      } catch (error) {
        if (signal.aborted) return service.stop();
        this.#say(`${service.name} did not start: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}
