import type { EntityManager } from 'typeorm';
import { formatEntryId, type EntryId } from '#domain/streams/entry-id.js';
import type { EventKind } from '#domain/streams/stream-names.js';
import type { StreamEntry } from './result-stream.js';

/** One of the result streams. */
export interface StreamOfEvents {
  readonly kind: EventKind;
  /** Null for the shared stream. */
  readonly appId: string | null;
}

const ON_STREAM = 'kind = $1 AND ($2::text IS NULL OR app_id = $2)';

/** The stream's next entries after the given one, in order. Only an app's own stream tells the page's address. */
export async function entriesAfter(
  em: EntityManager,
  { kind, appId }: StreamOfEvents,
  after: EntryId,
  limit: number,
): Promise<StreamEntry[]> {
  const rows = await em.query<EventRow[]>(
    `SELECT entry_ms, entry_seq, fields, payment_url FROM events
     WHERE ${ON_STREAM} AND (entry_ms, entry_seq) > ($3::bigint, $4::bigint)
     ORDER BY entry_ms, entry_seq LIMIT $5`,
    [kind, appId, after.ms, after.seq, limit],
  );
  return rows.map((row) => {
    const ownFields = appId !== null && kind === 'payment' ? { payment_url: row.payment_url ?? '' } : {};
    const id = formatEntryId({ ms: Number(row.entry_ms), seq: Number(row.entry_seq) });
    return [id, Object.entries({ ...row.fields, ...ownFields }).flat()];
  });
}

interface EventRow {
  entry_ms: string;
  entry_seq: string;
  fields: Record<string, string>;
  payment_url: string | null;
}

/** Whether an event of the stream bears this entry id. */
export async function isOurs(em: EntityManager, { kind, appId }: StreamOfEvents, id: EntryId): Promise<boolean> {
  const [row] = await em.query<{ known: boolean }[]>(
    `SELECT EXISTS (SELECT 1 FROM events WHERE ${ON_STREAM} AND entry_ms = $3 AND entry_seq = $4) AS known`,
    [kind, appId, id.ms, id.seq],
  );
  return row?.known ?? false;
}

/** The last number given to any event, and the database's clock in milliseconds. */
export async function logHead(em: EntityManager): Promise<{ head: EntryId; nowMs: number }> {
  const [row] = await em.query<{ ms: string; seq: string; now: string }[]>(
    `SELECT entry_ms AS ms, entry_seq AS seq, floor(extract(epoch FROM loomi_now()) * 1000)::bigint AS now
     FROM event_log_head`,
  );
  if (!row) throw new Error('event_log_head has lost its row');
  return { head: { ms: Number(row.ms), seq: Number(row.seq) }, nowMs: Number(row.now) };
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
