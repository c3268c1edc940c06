import type { EntityManager } from 'typeorm';
import { laterOf, type EntryId } from './entry-id.js';

/** How many events get their entry ids in one transaction. */
export const NUMBERING_BATCH = 500;

// Whoever gives numbers holds this lock until they are committed: so they become visible in rising order.
const LOCK = `hashtext('loomi event numbering')`;

/**
 * Gives the oldest committed events without an entry id theirs, in the order of their positions, and says how many got
 * one; null while another process is at it. The caller's transaction must hold nothing else and commit before
 * anything is appended to a stream.
 */
export async function numberEvents(em: EntityManager): Promise<number | null> {
  const [lock] = await em.query<{ mine: boolean }[]>(`SELECT pg_try_advisory_xact_lock(${LOCK}) AS mine`);
  if (!lock?.mine) return null;
  const rows = await em.query<{ id: string }[]>(
    'SELECT id FROM events WHERE entry_ms IS NULL ORDER BY position LIMIT $1',
    [NUMBERING_BATCH],
  );
  if (rows.length === 0) return 0;
  const { next } = await readHead(em);
  await em.query(
    `UPDATE events SET entry_ms = $1, entry_seq = $2::bigint + array_position($3::uuid[], id) - 1 WHERE id = ANY($3)`,
    [next.ms, next.seq, rows.map(({ id }) => id)],
  );
  await saveHead(em, { ms: next.ms, seq: next.seq + rows.length - 1 });
  return rows.length;
}

/** Which events {@link numberAgain} raises: those of one stream after what is on it. */
export interface Unappended {
  readonly kind: 'payment' | 'refund';
  /** Null for the shared stream. */
  readonly appId: string | null;
  readonly after: EntryId;
}

/**
 * Sees to it that what is not on the stream yet stands above `top`, which somebody else wrote there: all of it gets new
 * entry ids, in the same order, if any of it stands below. Numbers given from now on are above `top` too. Gives the
 * number of events that were raised. Must be committed before anything is appended.
 */
export async function numberAgain(em: EntityManager, { kind, appId, after }: Unappended, top: EntryId): Promise<number> {
  await em.query(`SELECT pg_advisory_xact_lock(${LOCK})`);
  const { head, next } = await readHead(em, top);
  const waiting = await em.query<{ id: string; below: boolean }[]>(
    `SELECT id, (entry_ms, entry_seq) <= ($5::bigint, $6::bigint) AS below FROM events
     WHERE kind = $1 AND ($2::text IS NULL OR app_id = $2) AND (entry_ms, entry_seq) > ($3::bigint, $4::bigint)
     ORDER BY entry_ms, entry_seq`,
    [kind, appId, after.ms, after.seq, top.ms, top.seq],
  );
  if (!waiting.some(({ below }) => below)) {
    await saveHead(em, laterOf(head, top));
    return 0;
  }
  await em.query(
    `UPDATE events SET entry_ms = $1, entry_seq = $2::bigint + n.place - 1
     FROM unnest($3::uuid[]) WITH ORDINALITY AS n(id, place) WHERE events.id = n.id AND events.id = ANY($3)`,
    [next.ms, next.seq, waiting.map(({ id }) => id)],
  );
  await saveHead(em, { ms: next.ms, seq: next.seq + waiting.length - 1 });
  return waiting.length;
}

/** The last number given, and the first one free above it, `floor`, and the database's clock. */
async function readHead(em: EntityManager, floor?: EntryId): Promise<{ head: EntryId; next: EntryId }> {
  const [row] = await em.query<{ ms: string; seq: string; now: string }[]>(
    `SELECT entry_ms AS ms, entry_seq AS seq, floor(extract(epoch FROM loomi_now()) * 1000)::bigint AS now
     FROM event_log_head`,
  );
  if (!row) throw new Error('event_log_head has lost its row');
  const head = { ms: Number(row.ms), seq: Number(row.seq) };
  const last = floor ? laterOf(head, floor) : head;
  const now = Number(row.now);
  return { head, next: now > last.ms ? { ms: now, seq: 0 } : { ms: last.ms, seq: last.seq + 1 } };
}

async function saveHead(em: EntityManager, head: EntryId): Promise<void> {
  await em.query('UPDATE event_log_head SET entry_ms = $1, entry_seq = $2', [head.ms, head.seq]);
}
