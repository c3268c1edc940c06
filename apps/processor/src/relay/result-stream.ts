import type { Redis } from 'ioredis';
import { formatEntryId, type EntryId } from '#domain/streams/entry-id.js';
import type { RedisClient } from '#platform/redis/redis.js';
import { APPEND, PENDING_PAGE, PUT_GROUP_BACK } from './stream-scripts.js';

/** An entry as it stands on the stream: its id, and its fields and values in turn. */
export type StreamEntry = readonly [id: string, fields: readonly string[]];

/** A consumer group as XINFO shows it. */
export interface SeenGroup {
  readonly name: string;
  readonly lastDelivered: string;
  readonly pendingCount: number;
}

/** What an append found. */
export interface Look {
  /** False: the top was not the expected one, and nothing was appended. */
  readonly asExpected: boolean;
  readonly top: string;
  /** The server's run id, new at each start; null when it was not asked for. */
  readonly server: string | null;
  readonly groups: readonly SeenGroup[];
}

/** One page of what a group has delivered and nobody acknowledged. */
export interface PendingPage {
  readonly lastDelivered: string;
  readonly entries: readonly { readonly id: string; readonly consumer: string }[];
}

/** A stream cannot be worked on now. */
export class StreamTrouble extends Error {
  /** @param unreachable false: Redis answered, or other streams are on other nodes, so the trouble may be this stream's alone. */
  constructor(
    message: string,
    readonly unreachable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'StreamTrouble';
  }
}

/** One result stream in Redis. Whatever goes wrong there rejects with {@link StreamTrouble}. */
export class ResultStream {
  constructor(
    private readonly redis: RedisClient,
    readonly name: string,
  ) {}

  /** Appends the entries if the stream's top is the expected one; also tells of the groups where that is wanted. */
  async append(expected: EntryId, entries: readonly StreamEntry[], tellGroups: boolean): Promise<Look> {
    const reply = list(
      await this.ask(
        this.redis.eval(APPEND, 1, this.name, formatEntryId(expected), JSON.stringify(entries), tellGroups ? '1' : '0'),
      ),
    );
    return {
      asExpected: Number(reply[0]) === 1,
      top: String(reply[1]),
      server: typeof reply[2] === 'string' ? reply[2] : null,
      groups: list(reply[3]).map(toGroup),
    };
  }

  /** Null when the stream or the group is no longer the one expected. */
  async pendingPage(
    expected: { readonly top: EntryId; readonly server: string },
    group: string,
    after: string | null,
    count: number,
  ): Promise<PendingPage | null> {
    const { top, server } = expected;
    const from = after === null ? '-' : `(${after}`;
    const reply = list(
      await this.ask(this.redis.eval(PENDING_PAGE, 1, this.name, formatEntryId(top), server, group, from, count)),
    );
    if (Number(reply[0]) !== 1) return null;
    const flat = list(reply[2]).map(String);
    const entries = flat.flatMap((id, place) => (place % 2 === 0 ? [{ id, consumer: flat[place + 1] ?? '' }] : []));
    return { lastDelivered: String(reply[1]), entries };
  }

  /** True when the group was missing or behind and now stands at `lastDelivered` with nothing pending. */
  async putGroupBack(group: string, lastDelivered: string): Promise<boolean> {
    return Number(await this.ask(this.redis.eval(PUT_GROUP_BACK, 1, this.name, group, lastDelivered))) === 1;
  }

  /** Gives the entries to the consumer as delivered and not acknowledged; those the stream no longer has are left out. */
  async putPendingBack(group: string, consumer: string, ids: readonly string[]): Promise<void> {
    // TypeScript finds no signature of it on a union.
    const redis: Pick<Redis, 'xclaim'> = this.redis;
    await this.ask(redis.xclaim(this.name, group, consumer, 0, ...ids, 'FORCE', 'JUSTID'));
  }

  /** Whether the entry is on the stream. */
  async has(id: EntryId): Promise<boolean> {
    const text = formatEntryId(id);
    return (await this.ask(this.redis.xrange(this.name, text, text))).length > 0;
  }

  /** The names of the group's consumers that asked for something in the last `withinMs`. */
  async consumers(group: string, withinMs: number): Promise<string[]> {
    const reply: unknown = await this.ask(this.redis.xinfo('CONSUMERS', this.name, group));
    return list(reply).flatMap((row) => {
      const flat = list(row).map(String);
      const value = (field: string): string => flat[flat.indexOf(field) + 1] ?? '';
      return Number(value('idle')) <= withinMs ? [value('name')] : [];
    });
  }

  /** Removes entries before the given moment, by whole nodes; at most 10 000 a call. Gives how many went. */
  async trim(beforeMs: number): Promise<number> {
    return this.ask(this.redis.xtrim(this.name, 'MINID', '~', `${beforeMs}-0`, 'LIMIT', 10_000));
  }

  private async ask<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      const refused = error instanceof Error && error.name === 'ReplyError';
      throw new StreamTrouble(`Redis did not do what it was asked on ${this.name}`, !refused && !this.redis.isCluster, { cause: error });
    }
  }
}

function toGroup(row: unknown): SeenGroup {
  const [name, lastDelivered, pendingCount] = list(row);
  return { name: String(name), lastDelivered: String(lastDelivered), pendingCount: Number(pendingCount) };
}

function list(reply: unknown): unknown[] {
  return Array.isArray(reply) ? (reply as unknown[]) : [];
}
