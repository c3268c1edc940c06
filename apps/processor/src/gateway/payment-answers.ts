import type { LakalaCallback } from '#domain/entities/payment-order.entity.js';
import type { PaidTrade, PaymentAnswer } from '#domain/orders/gateway-answer.js';
import type { CreateAnswer, QueryAnswer } from '#lakala/cashier-messages.js';
import type { CashierNotification } from '#lakala/notification-message.js';
import type { Trade } from '#lakala/trade.js';
import { OTHER_QUESTION } from './other-question.js';
import { momentOf } from './trade-moment.js';

/** What was asked about: an answer counts only for its question, since nothing in Lakala's signature binds the two. */
export interface AskedPayment {
  outOrderNo: string;
  merchantNo: string;
  amountFen: number;
  expiresAtMs: number;
}

/** Ten minutes past its expiry a failed payment (`3`) is over; before, the payer may try again (docs/lakala.md). */
const LAST_WORD_MS = 600_000;
/** Trades in these states have taken the payer's money or still may. */
const LIVE_TRADES = ['S', 'P', 'T', 'U'];

/** What the answer to a create means. */
export function readCreateAnswer(answer: CreateAnswer, asked: AskedPayment): PaymentAnswer {
  if (answer.outOrderNo !== asked.outOrderNo || answer.merchantNo !== asked.merchantNo) return otherQuestion();
  if (answer.totalAmountFen !== asked.amountFen) return otherQuestion();
  return { outcome: 'payable', payOrderNo: answer.payOrderNo, paymentUrl: answer.counterUrl };
}

/** What the answer to a query means; `signedAtMs` is when Lakala signed it. */
export function readQueryAnswer(answer: QueryAnswer, asked: AskedPayment, signedAtMs: number): PaymentAnswer {
  // The official fields of this answer do not name the merchant it was created for; the trade's own may be another.
  const merchantNo = answer.merchantNo ?? asked.merchantNo;
  if (answer.outOrderNo !== asked.outOrderNo || merchantNo !== asked.merchantNo) return otherQuestion();
  const payments = answer.trades.filter((trade) => trade.tradeType === 'PAY');
  if (answer.totalAmountFen !== asked.amountFen) return wrongAmount(asked, answer.totalAmountFen, payments);
  switch (answer.orderStatus) {
    case '2':
    case '6':
      return readPaid(payments, answer.trades);
    case '4':
      return endedUnlessLive(payments, 'expired');
    case '5':
      return endedUnlessLive(payments, 'cancelled');
    case '7':
      return endedUnlessLive(payments, 'closed');
    case '3':
      return signedAtMs > asked.expiresAtMs + LAST_WORD_MS ? endedUnlessLive(payments, 'expired') : { outcome: 'open' };
    case '0':
    case '1':
      return { outcome: 'open' };
    default:
      return { outcome: 'unknown', cause: 'the order state is not one of those known', signed: true };
  }
}

/**
 * What a notification means. Only a payment is proof; any other state comes with one trade of several, so it is a
 * reason to ask, and `open` stands for it.
 */
export function readNotification(message: CashierNotification, asked: AskedPayment): PaymentAnswer {
  const tradeNo = message.trade?.tradeNo ?? null;
  if (message.merchantNo !== asked.merchantNo) {
    const cause = `a notification of order number ${asked.outOrderNo} names another merchant`;
    return { outcome: 'mismatched', kind: 'wrong_merchant', cause, tradeNo };
  }
  if (message.totalAmountFen !== asked.amountFen) {
    return wrongAmount(asked, message.totalAmountFen, message.trade ? [message.trade] : []);
  }
  const paid = message.orderStatus === '2' && message.trade?.tradeType === 'PAY' && message.trade.tradeStatus === 'S';
  return paid && message.trade ? readPaid([message.trade], [message.trade]) : { outcome: 'open' };
}

/** What the app is shown of the payer's last attempt; never who the payer is. */
export function callbackOf(
  trades: readonly Trade[],
  totalAmountFen: number,
  signedAtMs: number,
): LakalaCallback | null {
  const payments = trades.filter((trade) => trade.tradeType === 'PAY');
  const last = payments.find((trade) => trade.tradeStatus === 'S') ?? payments.find((trade) => trade.tradeStatus === 'F');
  if (!last) return null;
  return {
    payStatus: last.tradeStatus === 'S' ? 'S' : 'F',
    timestamp: new Date(signedAtMs).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    trade_no: last.tradeNo || null,
    log_no: last.logNo || null,
    acc_trade_no: last.accTradeNo ?? null,
    pay_mode: last.payMode ?? null,
    trade_time: last.tradeTime ?? null,
    payer_amount: last.payerAmountFen ?? null,
    total_amount: totalAmountFen,
  };
}

function readPaid(payments: readonly Trade[], all: readonly Trade[]): PaymentAnswer {
  // Newest first as it comes; the first payment is the one the order gets credit for.
  const [first, ...more] = payments.filter((trade) => trade.tradeStatus === 'S').reverse().map(paidTrade);
  if (!first) return { outcome: 'unknown', cause: 'the order is said to be paid, but no payment is named', signed: true };
  const refunds = all.filter((trade) => trade.tradeType === 'REFUND' && trade.tradeStatus === 'S');
  const refundedFen = refunds.reduce((sum, refund) => sum + refund.tradeAmountFen, 0);
  return { outcome: 'paid', trades: [first, ...more], refundedFen };
}

/** An assumption: what Lakala booked is the order's `total_amount`, which was compared; a trade's own amount is not. */
function paidTrade(trade: Trade): PaidTrade {
  return {
    tradeNo: trade.tradeNo,
    logNo: trade.logNo,
    merchantNo: trade.merchantNo ?? null,
    termNo: trade.termNo ?? null,
    accTradeNo: trade.accTradeNo ?? null,
    payMode: trade.payMode ?? null,
    paidAt: momentOf(trade.tradeTime),
  };
}

function endedUnlessLive(payments: readonly Trade[], reason: 'closed' | 'expired' | 'cancelled'): PaymentAnswer {
  return payments.some((trade) => LIVE_TRADES.includes(trade.tradeStatus)) ? { outcome: 'open' } : { outcome: 'ended', reason };
}

function wrongAmount(asked: AskedPayment, totalAmountFen: number, payments: readonly Trade[]): PaymentAnswer {
  const tradeNo = payments.find((trade) => trade.tradeStatus === 'S')?.tradeNo ?? null;
  const cause = `Lakala has ${totalAmountFen} fen for order number ${asked.outOrderNo}, which is over ${asked.amountFen} fen`;
  return { outcome: 'mismatched', kind: 'wrong_amount', cause, tradeNo };
}

function otherQuestion(): PaymentAnswer {
  return { outcome: 'unknown', cause: OTHER_QUESTION, signed: false };
}
