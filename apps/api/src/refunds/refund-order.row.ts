import type { EntityManager } from 'typeorm';
import type { FailureCode } from '#domain/orders/gateway-answer.js';
import type { RefundStatus } from '#domain/orders/refund-moves.js';

/** A refund order as the database gives it: a bigint is text, a moment a Date. */
export interface RefundOrderRow {
  id: string;
  app_id: string;
  payment_order_id: string;
  merchant_order_id: string;
  merchant_refund_id: string | null;
  status: RefundStatus;
  amount: string;
  currency: string;
  reason: string | null;
  gateway_refund_id: string | null;
  failure_code: FailureCode | null;
  failure_message: string | null;
  created_at: Date;
  updated_at: Date;
}

/**
 * What {@link RefundOrderRow} reads of refund `r` and its payment order `p`. A refund that no app asked for, of a late or
 * second payment, is none of an app's refunds (docs/decisions/late-payments.md).
 */
export const REFUND_COLUMNS = `
  r.id, r.app_id, r.payment_order_id, p.merchant_order_id, r.merchant_refund_id, r.status, r.amount, r.currency, r.reason,
  r.gateway_refund_id, r.failure_code, r.failure_message, r.created_at, r.updated_at`;
export const REFUNDS_WITH_PAYMENTS = 'refund_orders r JOIN payment_orders p ON p.id = r.payment_order_id AND r.anomaly_id IS NULL';

/** The first refund of the app for which `condition` holds; its parameters begin at `$2`. */
export async function findRefund(
  em: EntityManager,
  appId: string,
  condition: string,
  parameters: readonly unknown[],
): Promise<RefundOrderRow | undefined> {
  const [row] = await em.query<RefundOrderRow[]>(
    `SELECT ${REFUND_COLUMNS} FROM ${REFUNDS_WITH_PAYMENTS} WHERE r.app_id = $1 AND ${condition} LIMIT 1`,
    [appId, ...parameters],
  );
  return row;
}
