import { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../stack/until.ts';
import { GuideConsumer } from '../e2e/guide-consumer.ts';
import type { Rows } from './books.ts';
import { CarefulConsumer } from './careful-consumer.ts';
import type { ChaosStack } from './chaos-stack.ts';
import type { Heard } from './findings.ts';

const KINDS = ['payment', 'refund'] as const;
/** How long the service may take to have seen a new group. */
const SEEN_MS = 30_000;

/**
 * The apps' readers. The shop's is the guide's sample to the letter: it asks for new entries only, and never again for
 * one whose delivery was cut off, which then stays pending in its group. The stall's finishes what it had taken.
 */
export class Consumers {
  readonly #stack: ChaosStack;
  readonly #guide: Record<'payment' | 'refund', GuideConsumer>;
  readonly #careful: Record<'payment' | 'refund', CarefulConsumer>;

  constructor(stack: ChaosStack) {
    this.#stack = stack;
    const [shop, stall] = stack.apps;
    const url = stack.lines['apps>redis'].through(stack.redis.url);
    const guide = (kind: string) => new GuideConsumer(url, `${kind}_results`, shop.id);
    const careful = (kind: string) => new CarefulConsumer(url, `${kind}_results:${stall.id}`, stall.id);
    this.#guide = { payment: guide('payment'), refund: guide('refund') };
    this.#careful = { payment: careful('payment'), refund: careful('refund') };
  }

  /** Resolves once all groups are there and the service has seen them: from then on they are safe. */
  async start(): Promise<void> {
    for (const kind of KINDS) {
      await this.#guide[kind].start();
      this.#careful[kind].start();
    }
    await until('the service to know the groups', SEEN_MS, async () => {
      const { rows } = await this.#stack.books.query<{ count: string }>('SELECT count(*) AS count FROM stream_groups');
      return Number(rows[0]?.count) >= KINDS.length * 2;
    });
  }

  async stop(): Promise<void> {
    for (const kind of KINDS) await Promise.all([this.#guide[kind].stop(), this.#careful[kind].stop()]);
  }

  /** Waits until every event was read, or is pending with the guide's reader; says no more when it takes too long. */
  async caughtUp(events: Rows['events'], limitMs: number): Promise<void> {
    const deadline = performance.now() + limitMs;
    while (performance.now() < deadline) {
      const heard = await this.heard();
      const missing = heard.some(({ appId, kind, entries, pending }) => {
        const known = new Set(entries.map(({ event_id: id }) => id));
        const wanted = events.filter((event) => event.app_id === appId && event.kind === kind);
        return wanted.some((event) => !known.has(event.id) && !pending.has(event.entry_id ?? ''));
      });
      if (!missing) return;
      await delay(500);
    }
  }

  async heard(): Promise<Heard[]> {
    const [shop, stall] = this.#stack.apps;
    const heard: Heard[] = [];
    for (const kind of KINDS) {
      const [guide, careful] = [this.#guide[kind], this.#careful[kind]];
      const pending = await this.#pendingOf(`${kind}_results`, `${shop.id}_results`);
      heard.push({ appId: shop.id, kind, entries: guide.entries, pending, failures: guide.failures });
      heard.push({ appId: stall.id, kind, entries: careful.entries, pending: new Set(), failures: careful.failures });
    }
    return heard;
  }

  /** The ids of everything on the shared streams, with their kind before them. */
  async onStream(): Promise<Set<string>> {
    return this.#ask(async (redis) => {
      const found = new Set<string>();
      for (const kind of KINDS) for (const [id] of await redis.xrange(`${kind}_results`, '-', '+')) found.add(`${kind} ${id}`);
      return found;
    });
  }

  async #pendingOf(stream: string, group: string): Promise<Set<string>> {
    return this.#ask(async (redis) => {
      const rows = (await redis.xpending(stream, group, '-', '+', 100_000)) as [string][];
      return new Set(rows.map(([id]) => id));
    });
  }

  async #ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.#stack.redis.url);
    try {
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  }
}
