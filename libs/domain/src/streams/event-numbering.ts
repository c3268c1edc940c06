import type { EntityManager } from 'typeorm';
import { laterOf, type EntryId } from './entry-id.js';
import type { EventKind } from './stream-names.js';

/** How many events get their entry ids in one transaction. */
export const NUMBERING_BATCH = 500;

// Whoever gives numbers holds this lock until they are committed: so they become visible in rising order.
const LOCK = `hashtext('loomi event numbering')`;

/** An event that has its entry id. */
export interface NumberedEvent {
  readonly id: EntryId;
  readonly kind: EventKind;
  readonly appId: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly paymentUrl: string | null;
}

/** What the log is after a numbering. */
export interface Numbering {
  /** How many events got their entry ids by it: the last ones of the log. */
  readonly count: number;
  /** The last number given. */
  readonly head: EntryId;
  /** All that stands in the log after the number asked for, in order; null where that is too much, or none was asked for. */
  readonly events: readonly NumberedEvent[] | null;
  /** Whether no relay was looking at the streams just then: where one is, the streams are left to it. */
  readonly nobodyLooks: boolean;
}

/**
 * Gives the oldest committed events without an entry id theirs, in the order of their positions; null while another process is
 * at it. Tells what the log has after `since`, whoever numbered it. One statement, which needs no transaction around it; it
 * must be committed before anything is appended to a stream.
 */
export async function numberEvents(em: EntityManager, since: EntryId | null = null): Promise<Numbering | null> {
  const [row] = await em.query<NumberingRow[]>('SELECT * FROM number_events($1, $2, $3)', [NUMBERING_BATCH, since?.ms, since?.seq]);
  if (!row || row.head_ms === null) return null;
  const { others, numbered } = row;
  const isAll = others !== null && others.length < NUMBERING_BATCH;
  return {
    count: numbered?.length ?? 0,
    head: { ms: Number(row.head_ms), seq: Number(row.head_seq) },
    events: isAll ? [...others, ...(numbered ?? [])].map(toEvent) : null,
    nobodyLooks: row.nobody_looks ?? false,
  };
}

function toEvent({ entry_ms: ms, entry_seq: seq, kind, app_id: appId, fields, payment_url: paymentUrl }: NumberedRow): NumberedEvent {
  return { id: { ms, seq }, kind, appId, fields, paymentUrl };
}

/** All null while another process is at it. */
interface NumberingRow {
  head_ms: string | null;
  head_seq: string | null;
  others: NumberedRow[] | null;
  numbered: NumberedRow[] | null;
  nobody_looks: boolean | null;
}

interface NumberedRow {
  entry_ms: number;
  entry_seq: number;
  kind: EventKind;
  app_id: string;
  fields: Record<string, string>;
  payment_url: string | null;
}

/** Which events {@link numberAgain} raises: those of one stream after what is on it. */
export interface Unappended {
  readonly kind: EventKind;
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
  const { last, next } = await readHead(em, top);
  const waiting = await em.query<{ id: string; below: boolean }[]>(
    `SELECT id, (entry_ms, entry_seq) <= ($5::bigint, $6::bigint) AS below FROM events
     WHERE kind = $1 AND ($2::text IS NULL OR app_id = $2) AND (entry_ms, entry_seq) > ($3::bigint, $4::bigint)
     ORDER BY entry_ms, entry_seq`,
    [kind, appId, after.ms, after.seq, top.ms, top.seq],
  );
  if (!waiting.some(({ below }) => below)) {
    await saveHead(em, last);
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

/** The later of the last number given and `floor`, and the first one free above it, by the database's clock where that is on. */
async function readHead(em: EntityManager, floor: EntryId): Promise<{ last: EntryId; next: EntryId }> {
  const [row] = await em.query<{ ms: string; seq: string; now: string }[]>(
    `SELECT entry_ms AS ms, entry_seq AS seq, floor(extract(epoch FROM loomi_now()) * 1000)::bigint AS now
     FROM event_log_head`,
  );
  if (!row) throw new Error('event_log_head has lost its row');
  const last = laterOf({ ms: Number(row.ms), seq: Number(row.seq) }, floor);
  const now = Number(row.now);
  return { last, next: now > last.ms ? { ms: now, seq: 0 } : { ms: last.ms, seq: last.seq + 1 } };
}

async function saveHead(em: EntityManager, head: EntryId): Promise<void> {
  await em.query('UPDATE event_log_head SET entry_ms = $1, entry_seq = $2', [head.ms, head.seq]);
}
