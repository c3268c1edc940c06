import type { Log } from '#platform/logging/log.js';
import type { RedisClient } from '#platform/redis/redis.js';
import type { TaskStream } from './stream-names.js';

/** The one consumer group of every task stream. */
export const TASK_GROUP = 'processors';

const BLOCK_MS = 1000;
/** How many wake-ups one pass takes at most, where nothing else is said. */
export const WAKE_UP_BATCH = 50;
// A lease is taken in milliseconds: who holds a wake-up unacknowledged for so long is dead, or failed at it.
const ABANDONED_MS = 60_000;
const LOOK_FOR_ABANDONED_EVERY_MS = 30_000;
const FORGET_AFTER_MS = 3_600_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a {@link TaskConsumer} reads, as whom, and for whom. */
export interface TaskConsumerOptions {
  /** A `blocking` connection of its own: its read waits up to a second. */
  readonly redis: RedisClient;
  readonly stream: TaskStream;
  /** Unique to the process. */
  readonly consumer: string;
  /** Resolves once PostgreSQL has the leases; what it rejects is delivered again after a minute. */
  readonly handle: (ids: readonly string[]) => Promise<void>;
  readonly log: Log;
  /** How many wake-ups one pass takes at most; {@link WAKE_UP_BATCH} when left out. */
  readonly batch?: number;
  /** After how long without a word a consumer with nothing to do is removed; an hour when left out. */
  readonly forgetAfterMs?: number;
}

/** Reads the wake-ups of one task stream, each by one processor, and takes over those of processors that died. */
export class TaskConsumer {
  private lookedForAbandonedAt = -Infinity;

  constructor(private readonly options: TaskConsumerOptions) {}

  /** Waits up to a second for wake-ups, hands them on, and gives their number. Rejects while Redis is away. */
  async runOnce(): Promise<number> {
    try {
      const abandoned = await this.takeOverNowAndThen();
      return abandoned > 0 ? abandoned : await this.finish(await this.read());
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOGROUP'))) throw error;
      await this.makeGroup();
      return 0;
    }
  }

  private async read(): Promise<Entry[]> {
    const { redis, stream, consumer, batch = WAKE_UP_BATCH } = this.options;
    const reply: unknown = await redis.xreadgroup(
      'GROUP', TASK_GROUP, consumer, 'COUNT', batch, 'BLOCK', BLOCK_MS, 'STREAMS', stream, '>',
    );
    const first: unknown = Array.isArray(reply) ? reply[0] : null;
    return Array.isArray(first) ? entriesOf(first[1]) : [];
  }

  private async takeOverNowAndThen(): Promise<number> {
    const now = performance.now();
    if (now - this.lookedForAbandonedAt < LOOK_FOR_ABANDONED_EVERY_MS) return 0;
    const { redis, stream, consumer, batch = WAKE_UP_BATCH } = this.options;
    const reply: unknown = await redis.xautoclaim(stream, TASK_GROUP, consumer, ABANDONED_MS, '0-0', 'COUNT', batch);
    const taken = Array.isArray(reply) ? entriesOf(reply[1]) : [];
    await this.forgetTheDead();
    // Where a whole batch was found there may be more: look again at the next pass.
    if (taken.length < batch) this.lookedForAbandonedAt = now;
    return this.finish(taken);
  }

  private async finish(entries: readonly Entry[]): Promise<number> {
    if (entries.length === 0) return 0;
    const { redis, stream, handle, log } = this.options;
    const ids = [...new Set(entries.map(({ id }) => id))].filter((id) => UUID.test(id));
    if (ids.length > 0) await handle(ids);
    const strange = entries.filter(({ id }) => !UUID.test(id)).length;
    if (strange > 0) log.warn('task_wakeups_unreadable', { stream, count: strange });
    const entryIds = entries.map(({ entryId }) => entryId);
    const answers = await redis.pipeline().xack(stream, TASK_GROUP, ...entryIds).xdel(stream, ...entryIds).exec();
    for (const [error] of answers ?? []) if (error) throw error;
    return entries.length;
  }

  private async makeGroup(): Promise<void> {
    const { redis, stream, log } = this.options;
    try {
      // From 0: whatever was sent before the group was there is still news.
      await redis.xgroup('CREATE', stream, TASK_GROUP, '0', 'MKSTREAM');
      log.info('task_group_made', { stream, consumer_group: TASK_GROUP });
    } catch (error) {
      // Another processor made it meanwhile, which is as good.
      if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error;
    }
  }

  /** Removes consumers of processes that ended long ago; one that still has something is left until that is taken over. */
  private async forgetTheDead(): Promise<void> {
    const { redis, stream, consumer, forgetAfterMs = FORGET_AFTER_MS } = this.options;
    const reply: unknown = await redis.xinfo('CONSUMERS', stream, TASK_GROUP);
    if (!Array.isArray(reply)) return;
    for (const row of reply) {
      const { name, pending, idle } = pairsOf(row);
      const dead = Number(pending) === 0 && Number(idle) > forgetAfterMs && name !== undefined && name !== consumer;
      if (dead) await redis.xgroup('DELCONSUMER', stream, TASK_GROUP, name);
    }
  }
}

interface Entry {
  entryId: string;
  id: string;
}

function entriesOf(reply: unknown): Entry[] {
  if (!Array.isArray(reply)) return [];
  return reply.flatMap((entry: unknown) => {
    // An entry that was deleted while it was pending comes as null.
    if (!Array.isArray(entry) || typeof entry[0] !== 'string') return [];
    return [{ entryId: entry[0], id: pairsOf(entry[1]).id ?? '' }];
  });
}

function pairsOf(flat: unknown): Record<string, string> {
  if (!Array.isArray(flat)) return {};
  const words = flat.map(String);
  return Object.fromEntries(words.flatMap((word, place) => (place % 2 === 0 ? [[word, words[place + 1] ?? '']] : [])));
}
