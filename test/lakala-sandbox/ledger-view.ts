import type { Attempt, Refund } from './ledger-records.ts';
import type { Ledger, Order } from './ledger.ts';
import { orderStatus, paidTrades, refundedAmount, refundState } from './order-view.ts';

const iso = (atMs: number): string => new Date(atMs).toISOString();

function attemptView(attempt: Attempt): Record<string, unknown> {
  return {
    trade_no: attempt.tradeNo,
    log_no: attempt.logNo,
    trade_type: attempt.type,
    trade_status: attempt.status,
    amount: attempt.amount,
    payer_amount: attempt.payerAmount,
    pay_mode: attempt.payMode,
    merchant_no: attempt.merchantNo,
    term_no: attempt.termNo,
    at: iso(attempt.atMs),
  };
}

export function refundLine(refund: Refund, nowMs: number): Record<string, unknown> {
  return {
    out_trade_no: refund.outTradeNo,
    trade_no: refund.tradeNo,
    origin_trade_no: refund.originTradeNo,
    amount: refund.amount,
    state: refundState(refund, nowMs),
    by: refund.by,
    at: iso(refund.atMs),
  };
}

/** What the platform believes about one order. Amounts are fen. */
export function orderLine(order: Order, nowMs: number): Record<string, unknown> {
  const paid = paidTrades(order);
  const { notifications } = order;
  return {
    out_order_no: order.outOrderNo,
    pay_order_no: order.payOrderNo,
    merchant_no: order.merchantNo,
    term_no: order.termNo,
    amount: order.amount,
    order_info: order.orderInfo,
    order_status: orderStatus(order, nowMs),
    support_refund: order.supportRefund,
    notify_url: order.notifyUrl,
    callback_url: order.callbackUrl,
    created_at: iso(order.createdAtMs),
    expires_at: iso(order.expiresAtMs),
    page: order.page,
    paid_amount: paid.reduce((sum, trade) => sum + trade.amount, 0),
    refunded_amount: refundedAmount(order, nowMs, ['SUCCESS']),
    paid_trades: paid.map(attemptView),
    attempts: order.attempts.map(attemptView),
    refunds: order.refunds.map((refund) => refundLine(refund, nowMs)),
    notifications: {
      made: notifications.length,
      lost: notifications.filter(({ lost }) => lost).length,
      deliveries: notifications.reduce((sum, { deliveries }) => sum + deliveries, 0),
      acknowledged: notifications.filter(({ acknowledged }) => acknowledged).length,
      waiting: notifications.filter(({ dueAtMs }) => dueAtMs !== null).length,
    },
    calls: order.calls,
  };
}

/** The whole ledger, in the order in which the orders were made. */
export function ledgerView(ledger: Ledger, nowMs: number): Record<string, unknown> {
  const orders = [...ledger.orders.values()];
  const sum = (amountOf: (order: Order) => number): number =>
    orders.reduce((total, order) => total + amountOf(order), 0);
  return {
    now: iso(nowMs),
    totals: {
      orders: orders.length,
      paid_orders: orders.filter((order) => paidTrades(order).length > 0).length,
      paid_amount: sum((order) => paidTrades(order).reduce((total, trade) => total + trade.amount, 0)),
      refunded_amount: sum((order) => refundedAmount(order, nowMs, ['SUCCESS'])),
    },
    orders: orders.map((order) => orderLine(order, nowMs)),
  };
}
