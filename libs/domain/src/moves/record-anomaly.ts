import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Evidence } from '../entities/evidence.js';
import type { AnomalyFinding } from '../orders/gateway-answer.js';

export interface AnomalySubject {
  appId: string | null;
  paymentOrderId: string | null;
  refundOrderId: string | null;
}

/** Records what contradicts our books, once per key. Gives its id where it is new. */
export async function recordAnomaly(
  em: EntityManager,
  finding: AnomalyFinding,
  subject: AnomalySubject,
  evidence: Evidence | null,
): Promise<string | null> {
  const rows = await em.query<{ id: string }[]>(
    `INSERT INTO anomalies (id, kind, dedupe_key, app_id, payment_order_id, refund_order_id, detail, source, raw,
       signed_text_prefix, signature, certificate)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     ON CONFLICT ON CONSTRAINT anomalies_dedupe_unique DO NOTHING RETURNING id`,
    [
      uuidv7(),
      finding.kind,
      finding.key,
      subject.appId,
      subject.paymentOrderId,
      subject.refundOrderId,
      finding.detail,
      evidence?.source ?? null,
      evidence?.raw ?? null,
      evidence?.signedTextPrefix ?? null,
      evidence?.signature ?? null,
      evidence?.certificate ?? null,
    ],
  );
  return rows[0]?.id ?? null;
}
