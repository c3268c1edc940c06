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
 * Writes events into the log, in the transaction of the moves they tell of. The row locks on the subjects must be held:
 * they make the positions of one subject's events rise in the order of its moves.
 */
export async function recordEvents(em: EntityManager, drafts: readonly EventDraft[]): Promise<void> {
  const rows = drafts.map((draft, place) => {
    const id = uuidv7();
    return { ...draft, id, place, fields: { ...flat(draft.fields), event_id: id } };
  });
  await em.query(
    `INSERT INTO events (id, kind, subject_id, seq, app_id, fields, payment_url)
     SELECT id, kind, "subjectId", seq, "appId",
       fields || jsonb_build_object('timestamp', to_char(loomi_now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
       "paymentUrl"
     FROM json_to_recordset($1::json) AS event(id uuid, place integer, kind text, "subjectId" uuid, seq integer,
       "appId" text, fields jsonb, "paymentUrl" text)
     ORDER BY place`,
    [JSON.stringify(rows)],
  );
}

function flat(fields: EventDraft['fields']): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value === null ? '' : String(value)]));
}
