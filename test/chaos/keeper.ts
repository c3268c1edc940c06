import { setTimeout as delay } from 'node:timers/promises';
import type { Service } from '../stack/service.ts';
import { until } from '../stack/until.ts';

const RETRY_MS = 500;
const READY_MS = 90_000;

interface Kept {
  service: Service;
  /** Set before we end it ourselves: how long it then stays away. */
  awayMs: number | null;
  up: boolean;
}

/** Keeps our processes running, as Kubernetes would, and tells deaths that nobody ordered from those that were. */
export class Keeper {
  readonly unexpected: string[] = [];
  readonly #kept = new Map<string, Kept>();
  readonly #loops: Promise<void>[] = [];
  readonly #stopping = new AbortController();

  async start(services: readonly Service[]): Promise<void> {
    await Promise.all(services.map((service) => service.start()));
    for (const service of services) {
      const kept: Kept = { service, awayMs: null, up: true };
      this.#kept.set(service.name, kept);
      this.#loops.push(this.#keep(kept));
    }
  }

  service(name: string): Service {
    return this.#get(name).service;
  }

  /** Kills it where it stands; it is started again after a while. */
  async kill(name: string, awayMs: number): Promise<void> {
    await this.#end(name, 'SIGKILL', awayMs);
  }

  /** Asks it to stop and says how it ended; it is started again at once. */
  async terminate(name: string): Promise<string> {
    return this.#end(name, 'SIGTERM', 0);
  }

  async back(name: string): Promise<void> {
    await until(`${name} to be back`, READY_MS, () => this.#get(name).up);
  }

  async allBack(): Promise<void> {
    await Promise.all([...this.#kept.keys()].map((name) => this.back(name)));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#kept.values()].map(({ service }) => service.stop()));
    await Promise.all(this.#loops);
  }

  async #end(name: string, signal: NodeJS.Signals, awayMs: number): Promise<string> {
    const kept = this.#get(name);
    await this.back(name);
    kept.awayMs = awayMs;
    kept.up = false;
    const { ended } = kept.service;
    process.kill(kept.service.pid, signal);
    return ended;
  }

  async #keep(kept: Kept): Promise<void> {
    const { signal } = this.#stopping;
    const { service } = kept;
    while (!signal.aborted) {
      const how = await service.ended;
      if (signal.aborted) return;
      if (kept.awayMs === null) this.unexpected.push(`${service.name} died by itself: ${how}`);
      const awayMs = kept.awayMs ?? 0;
      Object.assign(kept, { awayMs: null, up: false });
      // Only an abort ends the wait early, and then there is nothing to start any more.
      await delay(awayMs, undefined, { signal }).catch(() => undefined);
      await this.#startAgain(kept);
    }
  }

  async #startAgain(kept: Kept): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await kept.service.start();
        kept.up = true;
        return;
      } catch {
        // What it needs may be away as well just now: it is tried again until it comes up or the run is over.
        await delay(RETRY_MS);
      }
    }
  }

  #get(name: string): Kept {
    const kept = this.#kept.get(name);
    if (kept === undefined) throw new Error(`nobody keeps ${name}`);
    return kept;
  }
}
