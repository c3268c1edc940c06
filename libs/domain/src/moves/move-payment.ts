import type { EntityManager } from 'typeorm';
import type { PaymentOrder } from '../entities/payment-order.entity.js';
import { PAYMENT_MOVES, PAYMENT_MOVES_BY_CHOICE } from '../orders/payment-moves.js';
import type { PaymentMove } from '../orders/resolve-payment.js';
import { recordEvent } from '../streams/event-log.js';

/**
 * Makes one move of a payment order, with its event, in the caller's transaction. The caller holds the order's row
 * lock; `order` is brought up to date. A final state needs its outcome row first, and a late success the decision that
 * accepts it, or the database refuses it.
 * @throws Error where the transition table does not allow the move: a bug, never an answer.
 */
export async function movePayment(em: EntityManager, order: PaymentOrder, move: PaymentMove): Promise<void> {
  const legal = move.to === 'succeeded' && move.late ? PAYMENT_MOVES_BY_CHOICE : PAYMENT_MOVES;
  if (!legal[order.status].includes(move.to)) {
    throw new Error(`payment order ${order.id} does not move from ${order.status} to ${move.to}`);
  }
  const oldStatus = order.status;
  Object.assign(order, changesOf(move), { status: move.to, eventSeq: order.eventSeq + 1 });
  await em.query(
    `UPDATE payment_orders SET status = $2, event_seq = $3, payment_url = $4, gateway_transaction_id = $5,
       failure_code = $6, failure_message = $7, updated_at = loomi_now(),
       paid_at = CASE WHEN $2 = 'succeeded' THEN coalesce($8::timestamptz, loomi_now()) END,
       failed_at = CASE WHEN $2 = 'failed' THEN loomi_now() END,
       failures = CASE WHEN $2 IN ('succeeded', 'failed') THEN 0 ELSE failures END
     WHERE id = $1`,
    [
      order.id,
      order.status,
      order.eventSeq,
      order.paymentUrl,
      order.gatewayTransactionId,
      order.failureCode,
      order.failureMessage,
      order.paidAt,
    ],
  );
  await recordEvent(em, {
    kind: 'payment',
    subjectId: order.id,
    seq: order.eventSeq,
    appId: order.appId,
    fields: {
      event_type: 'payment_status_changed',
      payment_order_id: order.id,
      app_id: order.appId,
      merchant_order_id: order.merchantOrderId,
      order_type: order.orderType,
      old_status: oldStatus,
      new_status: order.status,
      gateway_transaction_id: order.gatewayTransactionId,
      amount: order.amount,
      failure_code: order.failureCode,
    },
    paymentUrl: move.to === 'processing' ? move.paymentUrl : null,
  });
}

function changesOf(move: PaymentMove): Partial<PaymentOrder> {
  switch (move.to) {
    case 'processing':
      return { paymentUrl: move.paymentUrl };
    case 'succeeded':
      return {
        gatewayTransactionId: move.trade.tradeNo,
        paidAt: move.trade.paidAt === null ? null : new Date(move.trade.paidAt),
        failureCode: null,
        failureMessage: null,
        failedAt: null,
      };
    case 'failed':
      return { failureCode: move.failure.code, failureMessage: move.failure.message };
    default:
      return move satisfies never;
  }
}
