import type { EntityManager } from 'typeorm';
import { BEFORE_ALL, compareEntryIds, formatEntryId, type EntryId } from './entry-id.js';

/** The fields of the shared stream's entry, and its id. */
export type EventEntry = Readonly<Record<string, string>> & { readonly entry_id: string };

/** Which events are asked for. */
export interface EventPageRequest {
  readonly appId: string;
  /** Null: from the oldest kept. */
  readonly after: EntryId | null;
  readonly limit: number;
}

/** A page of an app's events, and the `after` that continues it. */
export interface EventPage {
  readonly data: readonly EventEntry[];
  /** Null only while no event of any app was ever numbered. */
  readonly nextAfter: string | null;
}

/**
 * The app's events after the given entry id, in order; `'expired'` when some after it are kept no more. What is older than
 * what was dropped is not shown, even where it is still there: a place among it would be expired already. Nothing is ever
 * skipped: numbers are given by one writer at a time and become visible in rising order, and a number that is raised
 * is raised above all others. Where the page reaches the end, `nextAfter` is the last number given to any app, so that the
 * place of an app that sells nothing for a month does not expire.
 */
export async function readEvents(em: EntityManager, request: EventPageRequest): Promise<EventPage | 'expired'> {
  const { appId, after, limit } = request;
  const from = after ?? BEFORE_ALL;
  // One statement: head and events are of one snapshot.
  const rows = await em.query<PageRow[]>(
    `SELECT h.entry_ms AS head_ms, h.entry_seq AS head_seq, h.dropped_ms, h.dropped_seq, e.entry_ms, e.entry_seq, e.fields
     FROM event_log_head h
     LEFT JOIN LATERAL (
       SELECT entry_ms, entry_seq, fields FROM events
       WHERE app_id = $1 AND (entry_ms, entry_seq) > ($2::bigint, $3::bigint)
         AND (entry_ms, entry_seq) > (h.dropped_ms, h.dropped_seq)
       ORDER BY entry_ms, entry_seq LIMIT $4) e ON true
     ORDER BY e.entry_ms, e.entry_seq`,
    [appId, from.ms, from.seq, limit],
  );
  const [first] = rows;
  if (!first) throw new Error('event_log_head has lost its row');
  const dropped = { ms: Number(first.dropped_ms), seq: Number(first.dropped_seq) };
  if (after && compareEntryIds(after, dropped) < 0) return 'expired';
  const data = rows.flatMap(toEntry);
  const head = { ms: Number(first.head_ms), seq: Number(first.head_seq) };
  return { data, nextAfter: data.length < limit ? placeAtEnd(from, head) : (data.at(-1)?.entry_id ?? null) };
}

interface PageRow {
  head_ms: string;
  head_seq: string;
  dropped_ms: string;
  dropped_seq: string;
  entry_ms: string | null;
  entry_seq: string | null;
  fields: Record<string, string> | null;
}

function toEntry({ entry_ms: ms, entry_seq: seq, fields }: PageRow): EventEntry[] {
  if (ms === null || seq === null || fields === null) return [];
  return [{ ...fields, entry_id: formatEntryId({ ms: Number(ms), seq: Number(seq) }) }];
}

function placeAtEnd(from: EntryId, head: EntryId): string | null {
  const place = compareEntryIds(from, head) > 0 ? from : head;
  return compareEntryIds(place, BEFORE_ALL) === 0 ? null : formatEntryId(place);
}
