import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { DIFFERENCES, type Difference } from './line-differences.js';

/** Rows a statement. */
const BATCH = 1_000;

// What was recorded once is not recorded again, also where an operator has resolved it since.
const RECORD = `
INSERT INTO anomalies (id, kind, dedupe_key, app_id, payment_order_id, refund_order_id, detail)
SELECT id, kind, key, "appId", "paymentOrderId", "refundOrderId", detail
FROM json_to_recordset($1::json) AS difference(id uuid, kind text, key text, "appId" text, "paymentOrderId" uuid, "refundOrderId" uuid, detail text)
ON CONFLICT ON CONSTRAINT anomalies_dedupe_unique DO NOTHING RETURNING id`;

/** Records differences as anomalies, each once, and keeps the first of them to be shown. */
export class DifferenceList {
  readonly shown: Difference[] = [];
  readonly counts: Partial<Record<Difference['what'], number>> = {};
  /** How many of them are new. */
  recorded = 0;
  private waiting: Difference[] = [];
  private readonly manager: EntityManager;
  private readonly limit: number;

  constructor(manager: EntityManager, limit: number) {
    this.manager = manager;
    this.limit = limit;
  }

  get total(): number {
    return DIFFERENCES.reduce((sum, what) => sum + (this.counts[what] ?? 0), 0);
  }

  async add(difference: Difference): Promise<void> {
    const { what } = difference;
    this.counts[what] = (this.counts[what] ?? 0) + 1;
    if (this.shown.length < this.limit) this.shown.push(difference);
    if (this.waiting.push(difference) === BATCH) await this.flush();
  }

  /** Writes what is not written yet, in the caller's transaction. */
  async flush(): Promise<void> {
    const rows = this.waiting.map((difference) => ({
      id: uuidv7(),
      kind: kindOf(difference),
      key: `settlement:${difference.what}:${difference.logNo}`,
      ...difference,
    }));
    this.waiting = [];
    if (rows.length > 0) this.recorded += (await this.manager.query<unknown[]>(RECORD, [JSON.stringify(rows)])).length;
  }
}

function kindOf({ what }: Difference): string {
  return what === 'missing' || what === 'extra' ? `settlement_${what}` : 'settlement_different';
}

const FOUND_LATER = `
UPDATE anomalies n SET resolved_at = loomi_now(), resolution = 'the settlement file of ' || f.day || ' has it, on line ' || l.line_no
FROM settlement_lines l JOIN settlement_files f ON f.id = l.file_id
WHERE n.kind = 'settlement_missing' AND n.resolved_at IS NULL AND f.replaced_at IS NULL
  AND l.log_no = substr(n.dedupe_key, length('settlement:missing:') + 1)`;

const BOOKED_LATER = `
UPDATE anomalies n SET resolved_at = loomi_now(), resolution = 'it has been booked since'
WHERE n.kind = 'settlement_extra' AND n.resolved_at IS NULL AND (
  EXISTS (SELECT 1 FROM trades t WHERE t.log_no = substr(n.dedupe_key, length('settlement:extra:') + 1))
  OR EXISTS (SELECT 1 FROM refund_orders r WHERE r.log_no = substr(n.dedupe_key, length('settlement:extra:') + 1)))`;

/** Resolves what was missing or extra and is neither any more: it came in a later file, or late into our books. */
export async function resolveWhatCameLater(manager: EntityManager): Promise<void> {
  await manager.query(FOUND_LATER);
  await manager.query(BOOKED_LATER);
}
