import type { EntityManager } from 'typeorm';
import type { PaymentOrder } from '../entities/payment-order.entity.js';
import { jsonRows } from './json-rows.js';

const SAVED = [
  'id', 'status', 'paymentUrl', 'gatewayTransactionId', 'lakalaCallback', 'failureCode', 'failureMessage', 'paidAt', 'failedAt',
  'eventSeq', 'rechecks', 'dueAt', 'leasedUntil', 'leaseNo', 'failures', 'lastError', 'updatedAt',
] as const;

/**
 * Saves all of locked orders that answers and work change; what was agreed, what an app asks for and what refunds book is
 * not touched.
 */
export async function savePayments(em: EntityManager, orders: readonly PaymentOrder[]): Promise<void> {
  await em.query(
    `UPDATE payment_orders SET status = now.status, payment_url = now."paymentUrl",
       gateway_transaction_id = now."gatewayTransactionId", lakala_callback = now."lakalaCallback",
       failure_code = now."failureCode", failure_message = now."failureMessage", paid_at = now."paidAt",
       failed_at = now."failedAt", event_seq = now."eventSeq", rechecks = now.rechecks, due_at = now."dueAt",
       leased_until = now."leasedUntil", lease_no = now."leaseNo", failures = now.failures, last_error = now."lastError", updated_at = now."updatedAt"
     FROM json_to_recordset($1::json) AS now(id uuid, status text, "paymentUrl" text, "gatewayTransactionId" text,
       "lakalaCallback" jsonb, "failureCode" text, "failureMessage" text, "paidAt" timestamptz, "failedAt" timestamptz,
       "eventSeq" integer, rechecks smallint, "dueAt" timestamptz, "leasedUntil" timestamptz,
       "leaseNo" integer, failures integer, "lastError" text, "updatedAt" timestamptz)
     WHERE payment_orders.id = now.id AND payment_orders.id = ANY($2)`,
    // Of an array the planner knows the length, and keeps to the index; of JSON it believes that there are many.
    [jsonRows(orders, SAVED), orders.map(({ id }) => id)],
  );
}
