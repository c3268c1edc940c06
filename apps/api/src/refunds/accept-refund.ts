import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { toSafeInteger } from '#platform/postgres/safe-integer.js';
import { ApiError } from '../http/problems.js';
import type { CreateRefundOrder } from './refund-order.dto.js';
import { findRefund, type RefundOrderRow } from './refund-order.row.js';

/** A refund, and whether an earlier request had made it. */
export interface AcceptedRefund {
  readonly refund: RefundOrderRow;
  readonly replayed: boolean;
}

interface Refundable {
  tradeNo: string;
  currency: string;
}

/**
 * Reserves the amount against the trade that paid and writes the refund, in the caller's transaction. The trade's row
 * lock makes the refunds of one payment take turns, so that what is left is what is left.
 */
export async function acceptRefund(em: EntityManager, appId: string, request: CreateRefundOrder): Promise<AcceptedRefund> {
  const { tradeNo, currency } = await lockRefundable(em, appId, request.payment_order_id);
  const earlier = await findEarlier(em, appId, request);
  if (earlier) return { refund: earlier, replayed: true };
  await reserve(em, tradeNo, request.amount);
  const id = uuidv7();
  await em.query(
    `INSERT INTO refund_orders
       (id, app_id, payment_order_id, origin_trade_no, merchant_refund_id, out_trade_no, amount, currency, reason)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      id,
      appId,
      request.payment_order_id,
      tradeNo,
      request.merchant_refund_id ?? null,
      id.replaceAll('-', ''),
      request.amount,
      currency,
      request.reason ?? null,
    ],
  );
  const refund = await findRefund(em, appId, 'r.id = $2', [id]);
  if (!refund) throw new Error('a refund order is gone in the transaction that wrote it');
  return { refund, replayed: false };
}

async function lockRefundable(em: EntityManager, appId: string, paymentOrderId: string): Promise<Refundable> {
  const [payment] = await em.query<{ status: string; trade_no: string | null; currency: string }[]>(
    'SELECT status, gateway_transaction_id AS trade_no, currency FROM payment_orders WHERE id = $1 AND app_id = $2',
    [paymentOrderId, appId],
  );
  if (!payment) throw new ApiError('payment_order_not_found', 'The app has no payment order with this payment_order_id.');
  if (payment.status !== 'succeeded' || payment.trade_no === null) {
    throw new ApiError(
      'payment_order_not_refundable',
      `Only a payment that succeeded can be refunded: this one is ${payment.status}.`,
    );
  }
  await em.query('SELECT 1 FROM trades WHERE trade_no = $1 FOR UPDATE', [payment.trade_no]);
  return { tradeNo: payment.trade_no, currency: payment.currency };
}

async function findEarlier(em: EntityManager, appId: string, request: CreateRefundOrder): Promise<RefundOrderRow | undefined> {
  const { payment_order_id, amount, reason = null, merchant_refund_id } = request;
  if (merchant_refund_id == null) {
    return findRefund(
      em,
      appId,
      `r.payment_order_id = $2 AND r.amount = $3 AND r.reason IS NOT DISTINCT FROM $4 AND r.status IN ('pending', 'processing')`,
      [payment_order_id, amount, reason],
    );
  }
  const existing = await findRefund(em, appId, 'r.merchant_refund_id = $2', [merchant_refund_id]);
  if (!existing) return undefined;
  const different = [
    ...(existing.payment_order_id === payment_order_id.toLowerCase() ? [] : ['payment_order_id']),
    ...(toSafeInteger(existing.amount) === amount ? [] : ['amount']),
    ...(existing.reason === reason ? [] : ['reason']),
  ];
  if (different.length === 0) return existing;
  throw new ApiError(
    'merchant_refund_id_conflict',
    `merchant_refund_id is taken by a refund with another ${different.join(', ')}.`,
  );
}

async function reserve(em: EntityManager, tradeNo: string, amountFen: number): Promise<void> {
  const [, reserved] = await em.query<[unknown[], number]>(
    'UPDATE trades SET refund_reserved = refund_reserved + $1 WHERE trade_no = $2 AND refund_reserved + $1 <= amount',
    [amountFen, tradeNo],
  );
  if (reserved === 1) return;
  const [trade] = await em.query<{ left_fen: string }[]>(
    'SELECT amount - refund_reserved AS left_fen FROM trades WHERE trade_no = $1',
    [tradeNo],
  );
  if (!trade) throw new Error('a payment order succeeded by a trade that is in no book');
  throw new ApiError('refund_exceeds_refundable', `Only ${trade.left_fen} fen of the payment are left to refund.`);
}
