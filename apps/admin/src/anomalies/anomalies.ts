import type { EntityManager } from 'typeorm';
import type { AnomalyKind } from '#domain/orders/gateway-answer.js';
import { iso } from '../terminal/values.js';

/** Without the evidence: the signed message names the payer. */
export interface AnomalyRow {
  id: string;
  kind: AnomalyKind;
  app_id: string | null;
  payment_order_id: string | null;
  refund_order_id: string | null;
  source: string | null;
  created_at: Date;
  resolved_at: Date | null;
  resolution: string | null;
  detail: string;
}

export interface AnomalyFilter {
  kind?: string;
  resolvedToo?: boolean;
  paymentOrderId?: string;
  limit: number;
}

/** Oldest first. */
export async function findAnomalies(manager: EntityManager, filter: AnomalyFilter): Promise<AnomalyRow[]> {
  const { kind = null, resolvedToo = false, paymentOrderId = null, limit } = filter;
  return manager.query<AnomalyRow[]>(
    `SELECT id, kind, app_id, payment_order_id, refund_order_id, source, created_at, resolved_at, resolution, detail
     FROM anomalies
     WHERE (kind = $1 OR $1 IS NULL) AND (resolved_at IS NULL OR $2) AND (payment_order_id = $3 OR $3 IS NULL)
     ORDER BY created_at, id LIMIT $4`,
    [kind, resolvedToo, paymentOrderId, limit],
  );
}

/** The anomaly as it is shown. */
export function anomalyView({ created_at, resolved_at, resolution, detail, ...row }: AnomalyRow) {
  return { ...row, created_at: iso(created_at), resolved_at: iso(resolved_at), resolution, detail };
}
