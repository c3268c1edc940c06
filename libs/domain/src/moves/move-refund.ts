import type { EntityManager } from 'typeorm';
import type { RefundOrder } from '../entities/refund-order.entity.js';
import { REFUND_MOVES, type RefundStatus } from '../orders/refund-moves.js';
import type { RefundMove } from '../orders/resolve-refund.js';
import { resolveAnomaly } from './resolve-anomaly.js';
import type { WriteBatch } from './write-batch.js';

/**
 * Makes one move of a refund order, with its event, in the transaction of the caller's batch; a success is booked on the payment
 * order and a failure gives the reserved amount back. A refund that no app asked for has no event and is booked nowhere:
 * its success resolves its anomaly. The caller holds the refund's row lock; `refund` is brought up to date. A final state
 * needs its outcome in the batch first.
 * @throws Error where the transition table does not allow the move: a bug, never an answer.
 */
export async function moveRefund(
  batch: WriteBatch,
  refund: RefundOrder,
  move: RefundMove | { to: 'processing' },
): Promise<void> {
  if (!REFUND_MOVES[refund.status].includes(move.to)) {
    throw new Error(`refund order ${refund.id} does not move from ${refund.status} to ${move.to}`);
  }
  const oldStatus = refund.status;
  refund.status = move.to;
  if (refund.anomalyId === null) refund.eventSeq += 1;
  if (move.to === 'succeeded') {
    refund.gatewayRefundId = move.tradeNo;
    refund.logNo = move.logNo;
  }
  if (move.to === 'failed') {
    refund.failureCode = move.failure.code;
    refund.failureMessage = move.failure.message;
  }
  const { em } = batch;
  await batch.flush();
  await em.query(
    `UPDATE refund_orders SET status = $2, event_seq = $3, gateway_refund_id = $4, failure_code = $5,
       failure_message = $6, updated_at = loomi_now(), log_no = $7,
       refunded_at = CASE WHEN $2 = 'succeeded' THEN coalesce($8::timestamptz, loomi_now()) END,
       failures = CASE WHEN $2 IN ('succeeded', 'failed') THEN 0 ELSE failures END
     WHERE id = $1`,
    [
      refund.id,
      refund.status,
      refund.eventSeq,
      refund.gatewayRefundId,
      refund.failureCode,
      refund.failureMessage,
      refund.logNo,
      move.to === 'succeeded' ? move.refundedAt : null,
    ],
  );
  if (refund.status === 'failed') await giveBack(em, refund);
  if (refund.anomalyId === null) {
    if (refund.status === 'succeeded') await bookOnPayment(em, refund);
    await tellOf(batch, refund, oldStatus);
  } else if (refund.status === 'succeeded') {
    await resolveAnomaly(em, { id: refund.anomalyId }, `refunded at Lakala by refund ${refund.id}, trade ${refund.gatewayRefundId}`);
  }
}

async function bookOnPayment(em: EntityManager, refund: RefundOrder): Promise<void> {
  await em.query(
    'UPDATE payment_orders SET refunded_amount = refunded_amount + $2, updated_at = loomi_now() WHERE id = $1',
    [refund.paymentOrderId, refund.amount],
  );
}

async function giveBack(em: EntityManager, refund: RefundOrder): Promise<void> {
  await em.query('UPDATE trades SET refund_reserved = refund_reserved - $2 WHERE trade_no = $1', [
    refund.originTradeNo,
    refund.amount,
  ]);
}

async function tellOf(batch: WriteBatch, refund: RefundOrder, oldStatus: RefundStatus): Promise<void> {
  const [payment] = await batch.em.query<{ merchant_order_id: string }[]>(
    'SELECT merchant_order_id FROM payment_orders WHERE id = $1',
    [refund.paymentOrderId],
  );
  if (!payment) throw new Error(`refund order ${refund.id} has no payment order`);
  batch.tell({
    kind: 'refund',
    subjectId: refund.id,
    seq: refund.eventSeq,
    appId: refund.appId,
    fields: {
      event_type: 'refund_status_changed',
      refund_order_id: refund.id,
      payment_order_id: refund.paymentOrderId,
      app_id: refund.appId,
      merchant_order_id: payment.merchant_order_id,
      merchant_refund_id: refund.merchantRefundId,
      old_status: oldStatus,
      new_status: refund.status,
      gateway_refund_id: refund.gatewayRefundId,
      amount: refund.amount,
      failure_code: refund.failureCode,
    },
    paymentUrl: null,
  });
}
