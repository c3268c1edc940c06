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

/**
 * Every stream there should be, the shared ones first. A shared stream that is new begins with the oldest event that may
 * stand on it; an app's own one like a stream that was lost, with what is recent.
 */
export async function loadRecords(em: EntityManager, ages: StreamAges): Promise<StreamRecord[]> {
  await em.query(
    `${WANTED} INSERT INTO stream_tops (stream, begin_ms)
     SELECT stream, greatest(0, floor((extract(epoch FROM loomi_now()) - CASE WHEN app_id IS NULL THEN $1::float8 ELSE $2 END) * 1000))
     FROM wanted w WHERE NOT EXISTS (SELECT 1 FROM stream_tops t WHERE t.stream = w.stream)
     ON CONFLICT DO NOTHING`,
    [ages.retentionSeconds, ages.refillSeconds],
  );
  const rows = await em.query<RecordRow[]>(
    `${WANTED} SELECT w.stream, w.kind, w.app_id, t.top_ms, t.top_seq, t.begin_ms, t.begin_seq, t.server, t.healing,
       coalesce((SELECT jsonb_agg(jsonb_build_object('name', g.group_name, 'lastDelivered', g.last_delivered_id,
           'pendingCount', g.pending_count, 'oldestPending', g.oldest_pending_id, 'lost', g.lost))
         FROM stream_groups g WHERE g.stream = w.stream), '[]') AS groups
     FROM wanted w JOIN stream_tops t ON t.stream = w.stream ORDER BY w.app_id NULLS FIRST, w.stream`,
  );
  return rows.map(toRecord);
}

interface RecordRow {
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
}

function toRecord(row: RecordRow): StreamRecord {
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

/** Keeps everything of the record but its groups. */
export async function saveRecord(em: EntityManager, record: StreamRecord): Promise<void> {
  await em.query(
    `UPDATE stream_tops SET top_ms = $2, top_seq = $3, begin_ms = $4, begin_seq = $5, server = $6, healing = $7,
       seen_at = loomi_now() WHERE stream = $1`,
    [
      record.stream,
      record.top.ms,
      record.top.seq,
      record.begin.ms,
      record.begin.seq,
      record.server,
      record.healing,
    ],
  );
}
