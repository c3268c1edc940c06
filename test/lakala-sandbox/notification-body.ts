import { chinaTime } from './china-time.ts';
import type { Attempt } from './ledger-records.ts';
import type { Order } from './ledger.ts';
import { orderStatus, tradeView } from './order-view.ts';
import { tradeTerminal } from './payer.ts';

/** Today's form: one `order_trade_info`, its log number in lower case, amounts as numbers. */
export function notificationOf(order: Order, attempt: Attempt, nowMs: number): Record<string, unknown> {
  return {
    channel_id: '95',
    merchant_no: order.merchantNo,
    order_create_time: chinaTime(order.createdAtMs),
    order_efficient_time: chinaTime(order.expiresAtMs),
    order_info: order.orderInfo,
    order_status: orderStatus(order, nowMs),
    order_trade_info: { ...tradeView(attempt), log_no: attempt.logNo },
    out_order_no: order.outOrderNo,
    pay_order_no: order.payOrderNo,
    term_no: order.termNo ?? tradeTerminal(order.merchantNo, null),
    total_amount: order.amount,
    trans_merchant_no: attempt.merchantNo,
    trans_term_no: attempt.termNo,
  };
}

const isoWithOffset = (atMs: number): string => new Date(atMs).toISOString().replace('Z', '+00:00');

/** The older camelCase form: no order status, and `S` for refunds and cancels as well. */
export function olderNotificationOf(order: Order, attempt: Attempt): Record<string, unknown> {
  return {
    payOrderNo: order.payOrderNo,
    merchantOrderNo: order.outOrderNo,
    orderInfo: null,
    merchantNo: order.merchantNo,
    termId: attempt.termNo,
    tradeMerchantNo: attempt.merchantNo,
    tradeTermId: attempt.termNo,
    channelId: '95',
    currency: '156',
    amount: order.amount,
    tradeType: attempt.type,
    payStatus: attempt.status,
    notifyStatus: 0,
    orderCreateTime: isoWithOffset(order.createdAtMs),
    orderEfficientTime: isoWithOffset(order.expiresAtMs),
    extendField: null,
    payTime: isoWithOffset(attempt.atMs),
    remark: '',
    noticeNum: 1,
    sign: null,
    notifyUrl: null,
    notifyMode: '2',
    payInfo: `${attempt.payerAmount}#${attempt.amount}#${attempt.payMode}#0#${attempt.accTradeNo}`,
    lklOrderNo: attempt.tradeNo,
    crdFlg: '92',
    payerId1: '2088000000000000',
    payerId2: 'pay***@example.com',
    smCrdFlg: '01',
    tradeTime: chinaTime(attempt.atMs),
    accountChannelOrderNo: attempt.accTradeNo,
    actualPayAmount: attempt.payerAmount,
    logNo: attempt.logNo,
  };
}
