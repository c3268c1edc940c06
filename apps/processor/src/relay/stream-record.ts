import type { EntityManager } from 'typeorm';
import type { EntryId } from '#domain/streams/entry-id.js';
import type { EventKind } from '#domain/streams/stream-names.js';

/** What was last seen of a consumer group, without its pending entries. */
export interface GroupRecord {
  readonly name: string;
  readonly lastDelivered: string;
  readonly pendingCount: number;
  readonly oldestPending: string | null;
  /** To be put back: set before a heal begins, cleared when it ends. */
  readonly lost: boolean;
}

/** What PostgreSQL knows of a result stream. `top` is the expectation a look is made with. */
export interface StreamRecord {
  readonly stream: string;
  readonly kind: EventKind;
  /** Null for the shared stream. */
  readonly appId: string | null;
  readonly groups: readonly GroupRecord[];
  top: EntryId;
  /** An empty stream begins after this. */
  begin: EntryId;
  server: string | null;
  healing: boolean;
}

/** How long entries stay on a stream, and how much of the past an emptied stream gets back at least, in seconds. */
export interface StreamAges {
  readonly retentionSeconds: number;
  readonly refillSeconds: number;
}

const WANTED = `
WITH wanted AS (
  SELECT k.kind || '_results' AS stream, k.kind, NULL::text AS app_id FROM (VALUES ('payment'), ('refund')) k(kind)
  UNION ALL
  SELECT k.kind || '_results:' || a.app_id, k.kind, a.app_id
  FROM apps a CROSS JOIN (VALUES ('payment'), ('refund')) k(kind) WHERE a.own_streams)`;

/** Every stream there should be, the shared ones first, and how far the log goes. */
export interface Records {
  readonly records: readonly StreamRecord[];
  /** The last number given to any event. */
  readonly head: EntryId;
  /** By the database's clock, in milliseconds. */
  readonly nowMs: number;
}

/**
 * A shared stream that is new begins with the oldest event that may stand on it; an app's own one like a stream that was
 * lost, with what is recent.
 */
export async function loadRecords(em: EntityManager, ages: StreamAges): Promise<Records> {
  const rows = await readRows(em);
  if (rows.every(isKept)) return toRecords(rows);
  await em.query(
    `${WANTED} INSERT INTO stream_tops (stream, begin_ms)
     SELECT stream, greatest(0, floor((extract(epoch FROM loomi_now()) - CASE WHEN app_id IS NULL THEN $1::float8 ELSE $2 END) * 1000))
     FROM wanted w WHERE NOT EXISTS (SELECT 1 FROM stream_tops t WHERE t.stream = w.stream)
     ON CONFLICT DO NOTHING`,
    [ages.retentionSeconds, ages.refillSeconds],
  );
  return toRecords((await readRows(em)).filter(isKept));
}

function readRows(em: EntityManager): Promise<WantedRow[]> {
  return em.query(
    `${WANTED} SELECT w.stream, w.kind, w.app_id, t.top_ms, t.top_seq, t.begin_ms, t.begin_seq, t.server, t.healing,
       coalesce((SELECT jsonb_agg(jsonb_build_object('name', g.group_name, 'lastDelivered', g.last_delivered_id,
           'pendingCount', g.pending_count, 'oldestPending', g.oldest_pending_id, 'lost', g.lost))
         FROM stream_groups g WHERE g.stream = w.stream), '[]') AS groups,
       h.entry_ms AS head_ms, h.entry_seq AS head_seq, floor(extract(epoch FROM loomi_now()) * 1000)::bigint AS now_ms
     FROM event_log_head h CROSS JOIN wanted w LEFT JOIN stream_tops t ON t.stream = w.stream
     ORDER BY w.app_id NULLS FIRST, w.stream`,
  );
}

interface KeptRow {
  stream: string;
  kind: EventKind;
  app_id: string | null;
  top_ms: string;
  top_seq: string;
  begin_ms: string;
  begin_seq: string;
  server: string | null;
  healing: boolean;
  groups: GroupRecord[];
  head_ms: string;
  head_seq: string;
  now_ms: string;
}

/** Without a record yet where the stream is new. */
type WantedRow = KeptRow | (Omit<KeptRow, 'top_ms'> & { top_ms: null });

function isKept(row: WantedRow): row is KeptRow {
  return row.top_ms !== null;
}

function toRecords(rows: readonly KeptRow[]): Records {
  const [first] = rows;
  if (!first) throw new Error('event_log_head has lost its row');
  return {
    records: rows.map(toRecord),
    head: { ms: Number(first.head_ms), seq: Number(first.head_seq) },
    nowMs: Number(first.now_ms),
  };
}

function toRecord(row: KeptRow): StreamRecord {
  return {
    stream: row.stream,
    kind: row.kind,
    appId: row.app_id,
    groups: row.groups,
    top: { ms: Number(row.top_ms), seq: Number(row.top_seq) },
    begin: { ms: Number(row.begin_ms), seq: Number(row.begin_seq) },
    server: row.server,
    healing: row.healing,
  };
}

/** Keeps everything of the records but their groups. */
export async function saveRecords(em: EntityManager, records: readonly StreamRecord[]): Promise<void> {
  if (records.length === 0) return;
  await em.query(
    `UPDATE stream_tops t SET top_ms = r.top_ms, top_seq = r.top_seq, begin_ms = r.begin_ms, begin_seq = r.begin_seq,
       server = r.server, healing = r.healing, seen_at = loomi_now()
     FROM json_to_recordset($1) AS r(stream text, top_ms bigint, top_seq bigint, begin_ms bigint, begin_seq bigint, server text, healing boolean)
     WHERE t.stream = r.stream`,
    [JSON.stringify(records.map(toRow))],
  );
}

function toRow({ stream, top, begin, server, healing }: StreamRecord): Record<string, unknown> {
  return { stream, top_ms: top.ms, top_seq: top.seq, begin_ms: begin.ms, begin_seq: begin.seq, server, healing };
}
