import type { EntityManager } from 'typeorm';
import { formatEntryId, type EntryId } from '#domain/streams/entry-id.js';
import type { NumberedEvent } from '#domain/streams/event-numbering.js';
import type { EventKind } from '#domain/streams/stream-names.js';
import type { StreamEntry } from './result-stream.js';

/** One of the result streams. */
export interface StreamOfEvents {
  readonly kind: EventKind;
  /** Null for the shared stream. */
  readonly appId: string | null;
}

const ON_STREAM = 'kind = $1 AND ($2::text IS NULL OR app_id = $2)';

/** The stream's next entries after the given one, in order. */
export async function entriesAfter(
  em: EntityManager,
  stream: StreamOfEvents,
  after: EntryId,
  limit: number,
): Promise<StreamEntry[]> {
  const rows = await em.query<EventRow[]>(
    `SELECT entry_ms, entry_seq, fields, payment_url FROM events
     WHERE ${ON_STREAM} AND (entry_ms, entry_seq) > ($3::bigint, $4::bigint)
     ORDER BY entry_ms, entry_seq LIMIT $5`,
    [stream.kind, stream.appId, after.ms, after.seq, limit],
  );
  return rows.map((row) => {
    const id = { ms: Number(row.entry_ms), seq: Number(row.entry_seq) };
    return entryOn(stream, { id, fields: row.fields, paymentUrl: row.payment_url });
  });
}

interface EventRow {
  entry_ms: string;
  entry_seq: string;
  fields: Record<string, string>;
  payment_url: string | null;
}

/** The event as it stands on the stream. Only an app's own stream tells the page's address. */
export function entryOn(
  { kind, appId }: StreamOfEvents,
  { id, fields, paymentUrl }: Pick<NumberedEvent, 'id' | 'fields' | 'paymentUrl'>,
): StreamEntry {
  const ownFields = appId !== null && kind === 'payment' ? { payment_url: paymentUrl ?? '' } : {};
  return [formatEntryId(id), Object.entries({ ...fields, ...ownFields }).flat()];
}

/** Whether an event of the stream bears this entry id. */
export async function isOurs(em: EntityManager, { kind, appId }: StreamOfEvents, id: EntryId): Promise<boolean> {
  const [row] = await em.query<{ known: boolean }[]>(
    `SELECT EXISTS (SELECT 1 FROM events WHERE ${ON_STREAM} AND entry_ms = $3 AND entry_seq = $4) AS known`,
    [kind, appId, id.ms, id.seq],
  );
  return row?.known ?? false;
}

/** How old the oldest committed event is that is not on its shared stream, in seconds; 0 when all are. */
export async function lagSeconds(em: EntityManager): Promise<number> {
  const [row] = await em.query<{ lag: number }[]>(
    `SELECT greatest(0, coalesce(extract(epoch FROM loomi_now() - least(
       (SELECT created_at FROM events WHERE entry_ms IS NULL ORDER BY position LIMIT 1),
       (SELECT min(first.created_at) FROM (VALUES ('payment'), ('refund')) k(kind)
        JOIN stream_tops t ON t.stream = k.kind || '_results'
        CROSS JOIN LATERAL (SELECT created_at FROM events e
          WHERE e.kind = k.kind AND (entry_ms, entry_seq)
            > (CASE WHEN t.top_ms = 0 THEN t.begin_ms ELSE t.top_ms END, CASE WHEN t.top_ms = 0 THEN t.begin_seq ELSE t.top_seq END)
          ORDER BY entry_ms, entry_seq LIMIT 1) first))), 0))::float8 AS lag`,
  );
  return row?.lag ?? 0;
}
