import type { LakalaCallback, OrderType } from '#domain/entities/payment-order.entity.js';
import type { FailureCode } from '#domain/orders/gateway-answer.js';
import type { PaymentStatus } from '#domain/orders/payment-moves.js';

/** A payment order as the database gives it: a bigint is text, a moment a Date. */
export interface PaymentOrderRow {
  id: string;
  app_id: string;
  merchant_order_id: string;
  status: PaymentStatus;
  order_type: OrderType;
  amount: string;
  currency: string;
  subject: string;
  extra_data: Record<string, unknown>;
  expires_in: number;
  expires_at: Date;
  close_requested_at: Date | null;
  /** Null also where there is one that may not be given any more. */
  payment_url: string | null;
  gateway_transaction_id: string | null;
  lakala_callback: LakalaCallback | null;
  failure_code: FailureCode | null;
  failure_message: string | null;
  paid_at: Date | null;
  refunded_amount: string;
  created_at: Date;
  updated_at: Date;
}

/** What {@link PaymentOrderRow} reads. Whether the page may still be given is decided by the database's clock. */
export const PAYMENT_COLUMNS = `
  payment_orders.id, payment_orders.app_id, payment_orders.merchant_order_id, payment_orders.status,
  payment_orders.order_type, payment_orders.amount, payment_orders.currency, payment_orders.subject,
  payment_orders.extra_data, payment_orders.expires_in, payment_orders.expires_at, payment_orders.close_requested_at,
  CASE WHEN payment_orders.status = 'processing' AND payment_orders.close_requested_at IS NULL
    AND loomi_now() < payment_orders.expires_at THEN payment_orders.payment_url END AS payment_url,
  payment_orders.gateway_transaction_id, payment_orders.lakala_callback, payment_orders.failure_code,
  payment_orders.failure_message, payment_orders.paid_at, payment_orders.refunded_amount, payment_orders.created_at,
  payment_orders.updated_at`;
