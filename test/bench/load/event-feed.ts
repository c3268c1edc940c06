import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';

const STREAM = 'payment_results';
const BLOCK_MS = 1_000;
/** Who cannot keep pace is slow and has figures; who waits for so long waits in vain. */
const PATIENCE_MS = 60_000;

/** Reads the shared stream as an app does, and tells when an order came to a status. */
export class EventFeed {
  readonly #redis: Redis;
  /** By order and status: when the event came, or who waits for it. */
  readonly #arrivals = new Map<string, number>();
  readonly #waiting = new Map<string, (atMs: number) => void>();
  #after: string;
  #stopped = false;
  readonly #reading: Promise<void>;

  private constructor(redis: Redis, after: string) {
    this.#redis = redis;
    this.#after = after;
    this.#reading = this.#read();
  }

  /** From now on. */
  static async open(redisUrl: string): Promise<EventFeed> {
    const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
    const [last] = await redis.xrevrange(STREAM, '+', '-', 'COUNT', 1);
    return new EventFeed(redis, last?.[0] ?? '0');
  }

  /** Resolves with the moment at which the event came, also where that was before; rejects when it does not come. */
  async arrival(orderId: string, status: 'processing' | 'succeeded'): Promise<number> {
    const key = `${orderId} ${status}`;
    const known = this.#arrivals.get(key);
    if (known !== undefined) return known;
    const patience = new AbortController();
    const late = delay(PATIENCE_MS, undefined, { signal: patience.signal }).then(() => {
      throw new Error(`order ${orderId} was not ${status} within ${PATIENCE_MS} ms`);
    });
    const come = new Promise<number>((resolve) => this.#waiting.set(key, resolve));
    try {
      return await Promise.race([come, late]);
    } finally {
      patience.abort();
      late.catch(() => undefined);
      this.#waiting.delete(key);
    }
  }

  async close(): Promise<void> {
    this.#stopped = true;
    this.#redis.disconnect();
    await this.#reading;
  }

  async #read(): Promise<void> {
    while (!this.#stopped) {
      // Rejected where the connection was closed: then it is asked again, or we are done.
      const found = await this.#redis.xread('COUNT', 1_000, 'BLOCK', BLOCK_MS, 'STREAMS', STREAM, this.#after).catch(() => null);
      const atMs = performance.now();
      for (const [id, fields] of found?.[0]?.[1] ?? []) {
        this.#after = id;
        this.#note(fields, atMs);
      }
    }
  }

  #note(flat: readonly string[], atMs: number): void {
    const field = (name: string): string => flat[flat.indexOf(name) + 1] ?? '';
    const key = `${field('payment_order_id')} ${field('new_status')}`;
    this.#arrivals.set(key, atMs);
    this.#waiting.get(key)?.(atMs);
  }
}
