import { chinaTime } from './china-time.ts';
import type { Attempt, Refund, RefundState } from './ledger-records.ts';
import type { Order } from './ledger.ts';

export type OrderStatus = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7';

/** What a refund has come to by now. */
export function refundState(refund: Refund, nowMs: number): RefundState {
  const settled = refund.becomes !== null && refund.settlesAtMs !== null && nowMs >= refund.settlesAtMs;
  return settled && refund.becomes !== null ? refund.becomes : refund.state;
}

export function paidTrades(order: Order): Attempt[] {
  return order.attempts.filter((attempt) => attempt.type === 'PAY' && attempt.status === 'S');
}

/** Fen of a trade (or of all) that went back or may still: only a refund that failed gives its amount free. */
export function refundedAmount(order: Order, nowMs: number, states: readonly RefundState[], tradeNo?: string): number {
  return order.refunds
    .filter((refund) => tradeNo === undefined || refund.originTradeNo === tradeNo)
    .filter((refund) => states.includes(refundState(refund, nowMs)))
    .reduce((sum, refund) => sum + refund.amount, 0);
}

/**
 * `order_status` by the clock. An attempt under way does not hold back expiry or closing: its entry stays `P`, and the
 * order still becomes paid when it succeeds. That is the harder of the two possible readings of Lakala's papers.
 */
export function orderStatus(order: Order, nowMs: number): OrderStatus {
  if (paidTrades(order).length > 0) {
    return order.refunds.some((refund) => refundState(refund, nowMs) === 'SUCCESS') ? '6' : '2';
  }
  if (order.ended === 'closed') return '7';
  if (order.ended === 'cancelled') return '5';
  if (nowMs >= order.expiresAtMs) return '4';
  const last = order.attempts.at(-1)?.status;
  return last === 'P' ? '1' : last === 'F' ? '3' : '0';
}

const ACC_TYPES = { ALIPAY: '04', WECHAT: '02', UNION: '00' } as const;

/** A payment entry with everything but its log number, whose name differs between query and notification. */
export function tradeView(attempt: Attempt): Record<string, unknown> {
  return {
    acc_discount_amount: '',
    acc_mdiscount_amount: '',
    acc_other_discount_amount: '',
    acc_settle_amount: String(attempt.amount),
    acc_trade_no: attempt.accTradeNo,
    acc_type: ACC_TYPES[attempt.payMode],
    busi_type: 'SCPAY',
    pay_mode: attempt.payMode,
    payer_amount: attempt.payerAmount,
    settle_merchant_no: attempt.merchantNo,
    settle_term_no: attempt.termNo,
    trade_amount: attempt.amount,
    trade_no: attempt.tradeNo,
    trade_remark: '',
    trade_status: attempt.status,
    trade_time: chinaTime(attempt.atMs),
    trade_type: attempt.type,
    // Made up, in the real form: a receiver must keep a payer's identity to itself.
    user_id1: 'pay***@example.com',
    user_id2: '2088000000000000',
  };
}

const ENTRY_STATUS: Record<RefundState, string> = {
  SUCCESS: 'S',
  FAIL: 'F',
  INIT: 'U',
  PROCESSING: 'P',
  TIMEOUT: 'T',
  EXCEPTION: 'P',
};

function refundEntry(order: Order, refund: Refund, nowMs: number): Record<string, unknown> {
  const origin = order.attempts.find((attempt) => attempt.tradeNo === refund.originTradeNo);
  if (origin === undefined) throw new Error(`refund ${refund.outTradeNo} has no paid trade`);
  return {
    ...tradeView(origin),
    acc_settle_amount: String(refund.amount),
    log_No: refund.logNo,
    payer_amount: refund.amount,
    trade_amount: refund.amount,
    trade_no: refund.tradeNo,
    trade_status: ENTRY_STATUS[refundState(refund, nowMs)],
    trade_time: chinaTime(refund.atMs),
    trade_type: 'REFUND',
  };
}

/** The answer to a query: no `counter_url`, whatever the state; the entries newest first. */
export function queryView(order: Order, nowMs: number): Record<string, unknown> {
  const attempts = order.attempts.map((attempt) => ({
    atMs: attempt.atMs,
    entry: { ...tradeView(attempt), log_No: attempt.logNo },
  }));
  const refunds = order.refunds.map((refund) => ({ atMs: refund.atMs, entry: refundEntry(order, refund, nowMs) }));
  const entries = [...attempts, ...refunds].reverse().sort((a, b) => b.atMs - a.atMs);
  return {
    pay_order_no: order.payOrderNo,
    out_order_no: order.outOrderNo,
    channel_id: '95',
    merchant_no: order.merchantNo,
    term_no: order.termNo ?? '',
    trans_merchant_no: order.attempts.at(-1)?.merchantNo ?? '',
    trans_term_no: order.attempts.at(-1)?.termNo ?? '',
    order_status: orderStatus(order, nowMs),
    order_info: order.orderInfo,
    total_amount: order.amount,
    order_create_time: chinaTime(order.createdAtMs),
    order_efficient_time: chinaTime(order.expiresAtMs),
    order_trade_info_list: entries.map(({ entry }) => entry),
  };
}
