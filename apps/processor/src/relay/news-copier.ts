import type { DataSource, EntityManager } from 'typeorm';
import { BEFORE_ALL, compareEntryIds, formatEntryId, type EntryId } from '#domain/streams/entry-id.js';
import type { NumberedEvent, Numbering } from '#domain/streams/event-numbering.js';
import type { RedisClient } from '#platform/redis/redis.js';
import type { RelayJournal } from './relay-journal.js';
import type { RelayMemory } from './relay-memory.js';
import { ResultStream, StreamTrouble } from './result-stream.js';
import { entryOn } from './stream-events.js';
import type { StreamRecord } from './stream-record.js';

// The first guess where the stream stands may be wrong; what it says itself is right, unless somebody appends just then.
const TRIES = 3;

/** What a stream has or gets after it was last known to have everything, and where it stands then. */
interface News {
  readonly record: StreamRecord;
  readonly events: readonly NumberedEvent[];
  /** How many of them others numbered, and have most likely appended. */
  readonly others: number;
  readonly top: EntryId;
}

/**
 * Appends what the log has after the number up to which the streams were known to have everything, without reading streams or
 * events again. It takes no lock: a stream that stands neither where it was known to stand nor at one of these events gets
 * nothing here.
 */
export class NewsCopier {
  constructor(
    private readonly dataSource: DataSource,
    private readonly redis: RedisClient,
    private readonly journal: RelayJournal,
    private readonly memory: RelayMemory,
  ) {}

  /** Gives the number of entries; null where the streams must be looked at, whatever was appended already. */
  async append({ count, head, events }: Numbering): Promise<number | null> {
    const { known } = this.memory;
    this.memory.known = null;
    if (known === null || events === null) return null;
    const news = known.records.flatMap((record) => newsOf(record, events, events.length - count));
    // A stream nobody wrote to yet takes its first entries after a wipe as before it: only a look tells.
    if (news.some(({ record }) => compareEntryIds(record.top, BEFORE_ALL) === 0)) return null;
    let appended = 0;
    for (const one of news) {
      const added = await this.appendTo(one);
      if (added === null) return null;
      appended += added;
    }
    const saved = news.length === 0 ? 0 : await saveTops(this.dataSource.manager, news);
    if (saved < news.length) return appended;
    const tops = new Map(news.map(({ record, top }) => [record, top]));
    this.memory.known = { head, records: known.records.map((record) => ({ ...record, top: tops.get(record) ?? record.top })) };
    return appended;
  }

  /** Null where the stream is not as it was known, or cannot be worked on. */
  private async appendTo({ record, events, others }: News): Promise<number | null> {
    const stream = new ResultStream(this.redis, record.stream);
    const places = [record.top, ...events.map(({ id }) => id)];
    let place = others;
    try {
      for (let attempt = 0; attempt < TRIES; attempt += 1) {
        const entries = events.slice(place).map((event) => entryOn(record, event));
        const look = await stream.append(places[place] ?? record.top, entries, false);
        if (look.asExpected) {
          if (entries.length > 0) this.journal.appended(record, entries.length);
          this.journal.published(record, entries);
          return entries.length;
        }
        place = places.findIndex((id) => formatEntryId(id) === look.top);
        if (place < 0) return null;
      }
      return null;
    } catch (error) {
      if (error instanceof StreamTrouble) return null;
      throw error;
    }
  }
}

function newsOf(record: StreamRecord, events: readonly NumberedEvent[], others: number): News[] {
  const { kind, appId } = record;
  const isOn = (event: NumberedEvent): boolean => event.kind === kind && (appId === null || event.appId === appId);
  const own = events.filter(isOn);
  const top = own.at(-1)?.id;
  return top === undefined ? [] : [{ record, events: own, others: events.slice(0, others).filter(isOn).length, top }];
}

/**
 * Says how far the streams are now, unless another relay said more; gives of how many, for those that heal are left alone. Its
 * commit does not wait for the disk: where PostgreSQL loses it in a crash, that is as if the relay had died before it could say so.
 */
async function saveTops(em: EntityManager, news: readonly News[]): Promise<number> {
  const [, count] = await em.query<[unknown, number]>(
    `WITH hasty AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS setting)
     UPDATE stream_tops t SET top_ms = greatest(t.top_ms, n.ms), seen_at = loomi_now(),
       top_seq = CASE WHEN (t.top_ms, t.top_seq) < (n.ms, n.seq) THEN n.seq ELSE t.top_seq END
     FROM hasty, json_to_recordset($1) AS n(stream text, ms bigint, seq bigint)
     WHERE hasty.setting = 'off' AND t.stream = n.stream AND NOT t.healing`,
    [JSON.stringify(news.map(({ record: { stream }, top }) => ({ stream, ...top })))],
  );
  return count;
}
