import type { PaymentOrder } from '../entities/payment-order.entity.js';
import { PAYMENT_MOVES, PAYMENT_MOVES_BY_CHOICE } from '../orders/payment-moves.js';
import type { PaymentMove } from '../orders/resolve-payment.js';
import type { LockedPayment } from './locked-payment.js';
import type { WriteBatch } from './write-batch.js';

/**
 * Makes one move of a locked payment order, with its event, by way of the caller's batch. `locked` is brought up to date. A
 * final state needs its outcome in the batch first, and a late success the decision that accepts it, or the database
 * refuses it.
 * @throws Error where the transition table does not allow the move: a bug, never an answer.
 */
export async function movePayment(batch: WriteBatch, { order, nowMs }: LockedPayment, move: PaymentMove): Promise<void> {
  const legal = move.to === 'succeeded' && move.late ? PAYMENT_MOVES_BY_CHOICE : PAYMENT_MOVES;
  if (!legal[order.status].includes(move.to)) {
    throw new Error(`payment order ${order.id} does not move from ${order.status} to ${move.to}`);
  }
  await batch.aboutToMove(order);
  const oldStatus = order.status;
  const now = new Date(nowMs);
  Object.assign(order, changesOf(move, now), { status: move.to, eventSeq: order.eventSeq + 1, updatedAt: now });
  batch.tell({
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

function changesOf(move: PaymentMove, now: Date): Partial<PaymentOrder> {
  switch (move.to) {
    case 'processing':
      return { paymentUrl: move.paymentUrl };
    case 'succeeded':
      return {
        gatewayTransactionId: move.trade.tradeNo,
        paidAt: move.trade.paidAt === null ? now : new Date(move.trade.paidAt),
        failureCode: null,
        failureMessage: null,
        failedAt: null,
        failures: 0,
      };
    case 'failed':
      return { failureCode: move.failure.code, failureMessage: move.failure.message, failedAt: now, failures: 0 };
    default:
      return move satisfies never;
  }
}
