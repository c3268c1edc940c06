import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';

/** The flat fields of a stream entry, in the contract's names; what is null there is the empty string. */
export interface EventDraft {
  kind: 'payment' | 'refund';
  /** The payment order or refund order that moved. */
  subjectId: string;
  /** Counts the moves of one subject from 1. */
  seq: number;
  appId: string;
  fields: Readonly<Record<string, string | number | null>>;
  /** Only the app's own streams carry it; the shared ones are read by everybody. */
  paymentUrl: string | null;
}

/**
 * Writes an event into the log, in the transaction of the move it tells of. The row lock on the subject must be held:
 * it makes the positions of one subject's events rise in the order of its moves.
 */
export async function recordEvent(em: EntityManager, draft: EventDraft): Promise<void> {
  const eventId = uuidv7();
  const fields = { ...flat(draft.fields), event_id: eventId };
  await em.query(
    `INSERT INTO events (id, kind, subject_id, seq, app_id, fields, payment_url)
     VALUES ($1, $2, $3, $4, $5,
       $6::jsonb || jsonb_build_object('timestamp', to_char(loomi_now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
       $7)`,
    [eventId, draft.kind, draft.subjectId, draft.seq, draft.appId, JSON.stringify(fields), draft.paymentUrl],
  );
}

function flat(fields: EventDraft['fields']): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value === null ? '' : String(value)]));
}
