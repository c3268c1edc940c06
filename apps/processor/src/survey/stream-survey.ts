import type { DataSource } from 'typeorm';
import { parseEntryId } from '#domain/streams/entry-id.js';
import { resultStream } from '#domain/streams/stream-names.js';
import type { Metrics } from '#platform/metrics/metrics.js';
import type { RedisClient } from '#platform/redis/redis.js';
import type { Surveyor } from './survey.js';

const STREAMS = [resultStream('payment'), resultStream('refund'), 'payment_tasks', 'refund_tasks', 'notification_tasks'];
/** Apps name their groups: those with most to do are shown by name, the rest as one. */
const MOST_GROUPS = 20;
const OTHER_GROUPS = 'other';

interface Group {
  name: string;
  pending: number;
  /** Null where Redis does not tell: before version 7, or after entries were deleted. */
  undelivered: number | null;
  oldestPendingMs: number | null;
}

/** How long the streams are, and what their consumer groups have left to do. */
export class StreamSurvey implements Surveyor {
  private readonly length;
  private readonly pending;
  private readonly undelivered;
  private readonly oldest;

  constructor(
    private readonly dataSource: DataSource,
    private readonly redis: RedisClient,
    metrics: Metrics,
  ) {
    const labels = ['stream', 'consumer_group'] as const;
    this.length = metrics.gauge('loomi_stream_length', 'Entries on a stream', ['stream']);
    this.pending = metrics.gauge('loomi_stream_pending', 'Entries that a group was given and has not acknowledged', labels);
    this.undelivered = metrics.gauge('loomi_stream_undelivered', 'Entries that a group was not given yet', labels);
    this.oldest = metrics.gauge('loomi_stream_oldest_pending_seconds', 'Age of the oldest entry not acknowledged', labels);
  }

  async look(): Promise<void> {
    const [own, nowMs] = await this.ownStreams();
    const seen = await Promise.all(STREAMS.map(async (stream) => ({ stream, ...(await this.ask(stream)) })));
    this.forget();
    for (const { stream, length, groups } of seen) {
      this.length.set({ stream }, length);
      for (const group of capped(groups)) this.show(stream, group, nowMs);
    }
    for (const { stream, ...group } of own) this.show(stream, group, nowMs);
  }

  forget(): void {
    for (const gauge of [this.length, this.pending, this.undelivered, this.oldest]) gauge.reset();
  }

  private show(stream: string, { name, pending, undelivered, oldestPendingMs }: Group, nowMs: number): void {
    const labels = { stream, consumer_group: name };
    this.pending.set(labels, pending);
    if (undelivered !== null) this.undelivered.set(labels, undelivered);
    this.oldest.set(labels, oldestPendingMs === null ? 0 : Math.max(0, (nowMs - oldestPendingMs) / 1_000));
  }

  private async ask(stream: string): Promise<{ length: number; groups: Group[] }> {
    const length = await this.redis.xlen(stream);
    // Without a stream there are no groups, which Redis calls an error.
    if ((await this.redis.exists(stream)) === 0) return { length, groups: [] };
    const rows = list(await this.redis.xinfo('GROUPS', stream));
    return { length, groups: await Promise.all(rows.map((row) => this.readGroup(stream, row))) };
  }

  private async readGroup(stream: string, row: unknown): Promise<Group> {
    const flat = list(row);
    const value = (field: string): unknown => flat[flat.indexOf(field) + 1];
    const [name, pending, lag] = [String(value('name')), Number(value('pending')), flat.includes('lag') ? value('lag') : null];
    const oldest = pending === 0 ? null : parseEntryId(String(list(await this.redis.xpending(stream, name))[1]));
    return { name, pending, undelivered: lag === null ? null : Number(lag), oldestPendingMs: oldest?.ms ?? null };
  }

  /** The apps' own streams, of which there may be many, as the relay knows them; with the service's time. */
  private async ownStreams(): Promise<[(Group & { stream: string })[], number]> {
    const rows = await this.dataSource.query<{ kind: string; pending: string | null; oldest: string | null; now: string }[]>(OWN);
    const own = rows.flatMap(({ kind, pending, oldest }) => {
      if (pending === null) return [];
      const oldestPendingMs = oldest === null ? null : Number(oldest);
      return [{ stream: `${kind}:own`, name: OTHER_GROUPS, pending: Number(pending), undelivered: null, oldestPendingMs }];
    });
    return [own, Number(rows[0]?.now)];
  }
}

const OWN = `
  SELECT kind, sum(pending_count) AS pending, min(split_part(oldest_pending_id, '-', 1)::bigint) AS oldest,
    floor(extract(epoch FROM loomi_now()) * 1000) AS now
  FROM (VALUES ('payment_results'), ('refund_results')) AS k(kind)
  LEFT JOIN stream_groups ON stream LIKE kind || ':%' GROUP BY kind`;

const NOTHING: Group = { name: OTHER_GROUPS, pending: 0, undelivered: null, oldestPendingMs: null };

function capped(groups: readonly Group[]): Group[] {
  const busiest = groups.toSorted((a, b) => b.pending - a.pending || (a.name < b.name ? -1 : 1));
  const rest = busiest.slice(MOST_GROUPS);
  return rest.length === 0 ? busiest : [...busiest.slice(0, MOST_GROUPS), rest.reduce(together, NOTHING)];
}

function together(one: Group, other: Group): Group {
  const sum = (a: number | null, b: number | null): number | null => (a === null ? b : a + (b ?? 0));
  const earlier = (a: number | null, b: number | null): number | null => (a === null || b === null ? (a ?? b) : Math.min(a, b));
  return {
    name: OTHER_GROUPS,
    pending: one.pending + other.pending,
    undelivered: sum(one.undelivered, other.undelivered),
    oldestPendingMs: earlier(one.oldestPendingMs, other.oldestPendingMs),
  };
}

function list(reply: unknown): unknown[] {
  return Array.isArray(reply) ? (reply as unknown[]) : [];
}
