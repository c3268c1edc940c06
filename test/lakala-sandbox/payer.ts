import { createHash } from 'node:crypto';
import { chinaTime } from './china-time.ts';
import type { Attempt, PayMode } from './ledger-records.ts';
import type { Ledger, Order } from './ledger.ts';
import { orderStatus, paidTrades } from './order-view.ts';
import { randomDigits } from './random.ts';

/** What the payer does: `begin` opens the wallet and leaves the attempt under way, for the next press to end. */
export const PRESSES = ['pay', 'fail', 'cancel', 'begin'] as const;
export type Press = (typeof PRESSES)[number];

export interface PressOptions {
  payMode?: PayMode;
  tradeTerminal?: string;
  payerAmount?: number;
  /** Take a second payment of an order that is paid. */
  again?: boolean;
  /** Take a payment of an order that ended unpaid. */
  late?: boolean;
}

export type PressResult = { done: true; attempt: Attempt } | { done: false; reason: string };

/** The terminal that trades of this merchant are booked on; never the one a request names. */
export function tradeTerminal(merchantNo: string, requestedTermNo: string | null): string {
  const digits = BigInt(`0x${createHash('sha256').update(merchantNo).digest('hex')}`)
    .toString()
    .slice(0, 7);
  return requestedTermNo === `D${digits}` ? `E${digits}` : `D${digits}`;
}

function refusalReason(order: Order, nowMs: number, options: PressOptions): string | null {
  const status = orderStatus(order, nowMs);
  if (status === '2' || status === '6') return options.again ? null : 'the order is paid';
  if (status === '4' || status === '5' || status === '7')
    return options.late ? null : `the order has ended (order_status ${status})`;
  return null;
}

/** One press on the cashier page. An attempt under way is ended whatever has become of the order meanwhile. */
export function press(ledger: Ledger, nowMs: number, order: Order, action: Press, options: PressOptions): PressResult {
  const underWay = order.attempts.find((attempt) => attempt.status === 'P');
  if (underWay === undefined || action === 'begin' || action === 'cancel') {
    if (underWay !== undefined) return { done: false, reason: 'an attempt is under way' };
    const reason = refusalReason(order, nowMs, options);
    if (reason !== null) return { done: false, reason };
  }
  const payMode = options.payMode ?? order.payMode ?? underWay?.payMode ?? 'ALIPAY';
  if (order.payMode !== null && payMode !== order.payMode)
    return { done: false, reason: `only ${order.payMode} is allowed` };
  const attempt: Attempt = {
    ...(underWay ?? newAttempt(ledger, nowMs, order, options)),
    payMode,
    type: action === 'cancel' ? 'CANCEL' : 'PAY',
    // A message about a cancel says S as well: only its type and the order's status tell it from a payment.
    status: action === 'fail' ? 'F' : action === 'begin' ? 'P' : 'S',
    payerAmount: options.payerAmount ?? order.amount,
    atMs: nowMs,
  };
  ledger.record({ t: 'attempt', outOrderNo: order.outOrderNo, attempt });
  if (action === 'cancel') ledger.record({ t: 'ended', outOrderNo: order.outOrderNo, how: 'cancelled' });
  return { done: true, attempt };
}

function newAttempt(
  ledger: Ledger,
  nowMs: number,
  order: Order,
  options: PressOptions,
): Omit<Attempt, 'type' | 'status' | 'payMode' | 'payerAmount'> {
  const logNo = ledger.unusedNumber(() => `66${randomDigits(12)}`);
  const day = chinaTime(nowMs).slice(0, 8);
  return {
    tradeNo: `${day}${logNo}`,
    logNo,
    accTradeNo: `${day}22001${randomDigits(15)}`,
    amount: order.amount,
    merchantNo: order.merchantNo,
    termNo: options.tradeTerminal ?? paidTrades(order)[0]?.termNo ?? tradeTerminal(order.merchantNo, order.termNo),
    atMs: nowMs,
  };
}
