import { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import type { Entry } from '../e2e/guide-consumer.ts';

/**
 * A consumer as the guide's notes ask for: after any trouble it first finishes what it had taken and not acknowledged,
 * and makes its group again where that is gone.
 */
export class CarefulConsumer {
  readonly entries: Entry[] = [];
  /** How often something went wrong. */
  failures = 0;
  readonly #redis: Redis;
  readonly #stream: string;
  readonly #appId: string;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(redisUrl: string, stream: string, appId: string) {
    this.#redis = new Redis(redisUrl, { maxRetriesPerRequest: 1, retryStrategy: () => 200 });
    // The loop meets every error as a rejected command.
    this.#redis.on('error', () => undefined);
    this.#stream = stream;
    this.#appId = appId;
  }

  start(): void {
    this.#running = this.#listen();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#redis.disconnect();
    await this.#running;
  }

  async #listen(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#makeGroup();
        while (await this.#readFrom('0'));
        while (!this.#stopped) await this.#readFrom('>');
      } catch {
        // Whatever it was: a little later everything begins again.
        this.failures += 1;
        await delay(150);
      }
    }
  }

  async #makeGroup(): Promise<void> {
    await this.#redis.xgroup('CREATE', this.#stream, this.#appId, '0', 'MKSTREAM').catch((error: unknown) => {
      if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error;
    });
  }

  /** True where there was something. */
  async #readFrom(position: '0' | '>'): Promise<boolean> {
    const found = (await this.#redis.xreadgroup(
      'GROUP', this.#appId, `${this.#appId}_consumer`, 'COUNT', 20, 'BLOCK', 500, 'STREAMS', this.#stream, position,
    ));
    const entries = found?.[0]?.[1] ?? [];
    for (const [id, flat] of entries) {
      // An entry that was trimmed or lost meanwhile has no fields any more.
      if (flat !== null) this.#take(flat);
      await this.#redis.xack(this.#stream, this.#appId, id);
    }
    return entries.length > 0;
  }

  #take(flat: readonly string[]): void {
    const entry = Object.fromEntries(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : [])));
    if (entry.app_id === this.#appId) this.entries.push(entry);
  }
}
