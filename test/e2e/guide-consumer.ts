import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';

/** Where Redis is: a URL as in the guide, what a client of Sentinels is told, or some nodes of a Cluster. */
export type RedisAddress = string | RedisOptions | readonly { host: string; port: number }[];

export type Entry = Readonly<Record<string, string>>;

/**
 * A main app's consumer, written from the integration guide alone: its group is made once, at the start; then it reads
 * one entry at a time, acknowledges it, and goes on whatever error comes.
 */
export class GuideConsumer {
  /** What was read, in the order it came; an entry may come again. */
  readonly entries: Entry[] = [];
  /** How often a read failed. */
  failures = 0;
  readonly #redis: Redis | Cluster;
  readonly #stream: string;
  readonly #appId: string;
  readonly #group: string;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(redis: RedisAddress, stream: string, appId: string) {
    this.#redis = connect(redis);
    // The loop below meets every error as a rejected command; without a listener ioredis would print them too.
    this.#redis.on('error', () => undefined);
    this.#stream = stream;
    this.#appId = appId;
    this.#group = `${appId}_results`;
  }

  async start(): Promise<void> {
    await this.#redis.xgroup('CREATE', this.#stream, this.#group, '0', 'MKSTREAM');
    this.#running = this.#listen();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#redis.disconnect();
    await this.#running;
  }

  /** The statuses one order or refund went through, repeats of an entry left out. */
  movesOf(id: string): string[] {
    const seen = new Set<string>();
    const mine = this.entries.filter((entry) => (entry.refund_order_id ?? entry.payment_order_id) === id);
    const fresh = mine.filter(({ event_id: eventId = '' }) => !seen.has(eventId) && seen.add(eventId));
    return fresh.map((entry) => `${entry.old_status} > ${entry.new_status}`);
  }

  async #listen(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#readOne();
      } catch {
        // As the guide's examples do: whatever it was, a little later it is tried again.
        this.failures += 1;
        await delay(100);
      }
    }
  }

  async #readOne(): Promise<void> {
    const consumer = `${this.#appId}_consumer`;
    const reply = (await this.#redis.xreadgroup(
      'GROUP', this.#group, consumer, 'COUNT', 1, 'BLOCK', 500, 'STREAMS', this.#stream, '>',
    )) as [string, [string, string[]][]][] | null;
    for (const [id, flat] of reply?.[0]?.[1] ?? []) {
      const entry = fieldsOf(flat);
      if (entry.app_id === this.#appId) this.entries.push(entry);
      await this.#redis.xack(this.#stream, this.#group, id);
    }
  }
}

function connect(address: RedisAddress): Redis | Cluster {
  const patience = { maxRetriesPerRequest: 1, retryStrategy: () => 200 };
  if (typeof address === 'string') return new Redis(address, patience);
  return isNodes(address) ? new Cluster([...address], { clusterRetryStrategy: () => 200 }) : new Redis({ ...address, ...patience });
}

function isNodes(address: RedisOptions | readonly { host: string; port: number }[]): address is readonly { host: string; port: number }[] {
  return Array.isArray(address);
}

/** Everything on a stream, oldest first, past all groups. */
export async function readStream(redisUrl: string, stream: string): Promise<Entry[]> {
  const redis = new Redis(redisUrl);
  try {
    return (await redis.xrange(stream, '-', '+')).map(([, flat]) => fieldsOf(flat));
  } finally {
    redis.disconnect();
  }
}

function fieldsOf(flat: readonly string[]): Entry {
  return Object.fromEntries(flat.flatMap((word, place) => (place % 2 === 0 ? [[word, flat[place + 1] ?? '']] : [])));
}
