import { setTimeout as delay } from 'node:timers/promises';
import type { RedisClient } from '#platform/redis/redis.js';
import type { World } from '../e2e/world.ts';

const LOOK_EVERY_MS = 20;
const GIVE_UP_MS = 120_000;

export interface Group {
  stream: string;
  name: string;
  lastDelivered: string;
  pending: number;
}

/** What must be there again after a loss. */
export interface Whole {
  /** Each stream that has entries, with those it had, worded as {@link StreamBooks.numbered} words them. */
  streams: { stream: string; lines: string[] }[];
  groups: Group[];
}

/** The streams as PostgreSQL has them, and as Redis does. */
export class StreamBooks {
  readonly #world: World;
  readonly #redis: RedisClient;

  constructor(world: World, redis: RedisClient) {
    this.#world = world;
    this.#redis = redis;
  }

  /** Every numbered event of a stream as `entry id, event id`, in order. */
  async numbered(stream: string): Promise<string[]> {
    const [results = '', appId = null] = stream.split(':');
    const { rows } = await this.#world.books.query<{ line: string }>(
      `SELECT entry_ms || '-' || entry_seq || ' ' || (fields->>'event_id') AS line FROM events
       WHERE kind || '_results' = $1 AND ($2::text IS NULL OR app_id = $2) AND entry_ms IS NOT NULL ORDER BY entry_ms, entry_seq`,
      [results, appId],
    );
    return rows.map(({ line }) => line);
  }

  /** Every entry of a stream, worded as {@link numbered} words it. */
  async onStream(stream: string): Promise<string[]> {
    const entries = await this.#redis.xrange(stream, '-', '+');
    return entries.map(([id, flat]) => `${id} ${flat[flat.indexOf('event_id') + 1]}`);
  }

  /** What a group has pending, as `entry id, consumer`. */
  async pending(stream: string, group: string): Promise<string[]> {
    const rows = (await this.#redis.xpending(stream, group, '-', '+', 1_000_000)) as [string, string, number, number][];
    return rows.map(([id, consumer]) => `${id} ${consumer}`);
  }

  /** The streams as they are numbered now, the groups as the service knows them now. */
  async whole(): Promise<Whole> {
    const { rows } = await this.#world.books.query<{ stream: string }>('SELECT stream FROM stream_tops ORDER BY stream');
    const streams = await Promise.all(rows.map(async ({ stream }) => ({ stream, lines: await this.numbered(stream) })));
    const groups = await this.#world.books.query<Group>(
      'SELECT stream, group_name AS name, last_delivered_id AS "lastDelivered", pending_count AS pending FROM stream_groups',
    );
    return { streams: streams.filter(({ lines }) => lines.length > 0), groups: groups.rows };
  }

  /**
   * Resolves once all of that is in Redis again, with the milliseconds since this was called. Only of the groups named are
   * the pending entries counted: the others' readers acknowledge them meanwhile.
   */
  async recovered({ streams, groups }: Whole, holding: readonly string[] = []): Promise<number> {
    const from = performance.now();
    let missing: string | undefined;
    do {
      missing = await this.#missing(streams, groups, holding).catch((error: unknown) => String(error));
      if (missing === undefined) return performance.now() - from;
      await delay(LOOK_EVERY_MS);
    } while (performance.now() - from < GIVE_UP_MS);
    throw new Error(`not made good after ${GIVE_UP_MS} ms: ${missing}`);
  }

  async #missing(streams: Whole['streams'], groups: Whole['groups'], holding: readonly string[]): Promise<string | undefined> {
    for (const { stream, lines } of streams) {
      const [top = ''] = lines.at(-1)?.split(' ') ?? [];
      if ((await this.#redis.xrange(stream, top, top)).length === 0) return `${stream} has no ${top}`;
      if ((await this.#redis.xlen(stream)) < lines.length) return `${stream} has not ${lines.length} entries`;
    }
    for (const { stream, name, lastDelivered, pending } of groups) {
      const found = (await this.groups(stream)).find((group) => group.name === name);
      if (found === undefined) return `${stream} has no group ${name}`;
      if (isBefore(found.lastDelivered, lastDelivered)) return `${name} on ${stream} is at ${found.lastDelivered}, not at ${lastDelivered}`;
      if (holding.includes(name) && found.pending < pending) return `${name} on ${stream} holds ${found.pending} of ${pending}`;
    }
    return undefined;
  }

  /** The streams that do not begin with what they had: another entry, or one under another id. */
  async changed({ streams }: Whole): Promise<string[]> {
    const told = await Promise.all(streams.map(({ stream }) => this.onStream(stream)));
    return streams.filter(({ lines }, place) => told[place]?.slice(0, lines.length).join() !== lines.join()).map(({ stream }) => stream);
  }

  /** The groups of a stream as Redis has them. */
  async groups(stream: string): Promise<Group[]> {
    const rows = (await this.#redis.xinfo('GROUPS', stream)) as unknown[][];
    const value = (row: unknown[], field: string): string => String(row[row.indexOf(field) + 1]);
    return rows.map((row) => ({
      stream,
      name: value(row, 'name'),
      lastDelivered: value(row, 'last-delivered-id'),
      pending: Number(value(row, 'pending')),
    }));
  }
}

function isBefore(a: string, b: string): boolean {
  const [[aMs = 0, aSeq = 0], [bMs = 0, bSeq = 0]] = [a, b].map((id) => id.split('-').map(Number)) as [number[], number[]];
  return aMs === bMs ? aSeq < bSeq : aMs < bMs;
}
