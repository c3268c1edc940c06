import type { RedisClient } from '#platform/redis/redis.js';

const AT_ONCE = 5_000;

/** An app that takes entries, under several consumers' names, and acknowledges none. */
export class Hoarder {
  readonly group: string;
  readonly #redis: RedisClient;
  readonly #stream: string;

  constructor(redis: RedisClient, stream: string, group: string) {
    this.#redis = redis;
    this.#stream = stream;
    this.group = group;
  }

  async join(): Promise<void> {
    await this.#redis.xgroup('CREATE', this.#stream, this.group, '0', 'MKSTREAM');
  }

  /** Takes up to so many, the consumers in turn; gives how many it got. */
  async take(count: number, consumers: readonly string[]): Promise<number> {
    let taken = 0;
    for (let turn = 0; taken < count; turn += 1) {
      const consumer = consumers[turn % consumers.length] ?? '';
      const reply = (await this.#redis.xreadgroup(
        'GROUP', this.group, consumer, 'COUNT', Math.min(AT_ONCE, Math.ceil((count - taken) / consumers.length)), 'STREAMS', this.#stream, '>',
      )) as [string, unknown[]][] | null;
      const got = reply?.[0]?.[1].length ?? 0;
      if (got === 0) break;
      taken += got;
    }
    return taken;
  }
}
