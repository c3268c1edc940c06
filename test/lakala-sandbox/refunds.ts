import { CODES, refusal, success, type Answer } from './answer.ts';
import { chinaTime } from './china-time.ts';
import type { RefundPlan } from './faults.ts';
import type { Attempt, Refund } from './ledger-records.ts';
import type { Ledger, Order } from './ledger.ts';
import { paidTrades, refundedAmount, refundState } from './order-view.ts';
import { randomDigits } from './random.ts';
import { field, fieldError, REFUND_FIELDS, REFUND_QUERY_FIELDS, type RequestData } from './request-fields.ts';

const LIVE_STATES = ['SUCCESS', 'INIT', 'PROCESSING', 'TIMEOUT', 'EXCEPTION'] as const;

/** Fen of this trade that may still be refunded. */
export function refundable(order: Order, trade: Attempt, nowMs: number): number {
  return trade.amount - refundedAmount(order, nowMs, LIVE_STATES, trade.tradeNo);
}

/** refund: takes the money back once per `out_trade_no`. `plan` is drawn only for a refund that is accepted. */
export function createRefund(ledger: Ledger, nowMs: number, data: RequestData, plan: () => RefundPlan): Answer {
  const wrong = fieldError(data, REFUND_FIELDS) ?? locationError(data);
  if (wrong !== null) return refusal(CODES.badField, wrong);
  const outTradeNo = field(data, 'out_trade_no') ?? '';
  if (ledger.refunds.has(outTradeNo))
    return refusal(CODES.refundRepeated, '退款流水号重复 (out_trade_no was used before)');
  const found = paidTrade(ledger, data);
  if ('code' in found) return found;
  const { order, trade } = found;
  if (!order.supportRefund) return refusal(CODES.refundNotSupported, '订单不支持退款 (created without support_refund)');
  const amount = Number(field(data, 'refund_amount'));
  const left = refundable(order, trade, nowMs);
  if (amount > left) return refusal(CODES.refundExceedsTrade, `退款金额超限 (${left} fen are left to refund)`);
  const refund = bookRefund(ledger, nowMs, order, trade, { outTradeNo, amount, by: 'merchant', plan: plan() });
  return success(refundView(order, refund, nowMs, 'string'));
}

/** Writes a refund of a paid trade into the books. */
export function bookRefund(
  ledger: Ledger,
  nowMs: number,
  order: Order,
  trade: Attempt,
  wish: { outTradeNo: string | null; amount: number; by: Refund['by']; plan: RefundPlan },
): Refund {
  const logNo = ledger.unusedNumber(() => `67${randomDigits(12)}`);
  const refund: Refund = {
    outTradeNo: wish.outTradeNo ?? `LKL${logNo}`,
    outOrderNo: order.outOrderNo,
    originTradeNo: trade.tradeNo,
    tradeNo: `${chinaTime(nowMs).slice(0, 8)}${logNo}`,
    logNo,
    amount: wish.amount,
    state: wish.plan.state,
    becomes: wish.plan.becomes,
    settlesAtMs: wish.plan.becomes === null ? null : nowMs + wish.plan.afterMs,
    by: wish.by,
    atMs: nowMs,
  };
  ledger.record({ t: 'refund', refund });
  return refund;
}

export function queryRefund(ledger: Ledger, nowMs: number, data: RequestData): Answer {
  const wrong = fieldError(data, REFUND_QUERY_FIELDS);
  if (wrong !== null) return refusal(CODES.badField, wrong);
  const outTradeNo = field(data, 'out_trade_no');
  const tradeNo = field(data, 'trade_no');
  if (outTradeNo === null && tradeNo === null) {
    return refusal(CODES.badField, 'out_trade_no 和 trade_no 不能同时为空 (one of them is required)');
  }
  const refund = outTradeNo !== null ? ledger.refunds.get(outTradeNo) : ledger.refundByTradeNo(tradeNo ?? '');
  const order = refund === undefined ? undefined : ledger.order(refund.outOrderNo);
  const trade = order?.attempts.find((attempt) => attempt.tradeNo === refund?.originTradeNo);
  const here = trade !== undefined && bookedOn(trade, data);
  if (refund === undefined || order === undefined || !here)
    return refusal(CODES.refundNotFound, '退款订单不存在 (no such refund)');
  return success(refundView(order, refund, nowMs, 'number'));
}

function locationError(data: RequestData): string | null {
  const location = data['location_info'];
  const ip: unknown =
    typeof location === 'object' && location !== null ? (location as RequestData)['request_ip'] : undefined;
  return typeof ip === 'string' && ip !== '' ? null : 'location_info.request_ip 不能为空 (is required)';
}

const bookedOn = (trade: Attempt, data: RequestData): boolean =>
  trade.merchantNo === field(data, 'merchant_no') && trade.termNo === field(data, 'term_no');

function paidTrade(ledger: Ledger, data: RequestData): { order: Order; trade: Attempt } | Answer {
  const tradeNo = field(data, 'origin_trade_no');
  const logNo = field(data, 'origin_log_no');
  // The merchant's order number is not the number of the trade: it finds nothing here, as at Lakala.
  if (tradeNo === null) return refusal(CODES.badField, 'origin_trade_no 不能为空 (is required)');
  const order = ledger.orderByTradeNo(tradeNo);
  const trade = order && paidTrades(order).find((attempt) => attempt.tradeNo === tradeNo);
  if (order === undefined || trade === undefined || (logNo !== null && trade.logNo !== logNo)) {
    return refusal(CODES.tradeNotFound, '原交易不存在 (no such paid trade)');
  }
  if (!bookedOn(trade, data))
    return refusal(CODES.tradeNotHere, '商户号或终端号与原交易不符 (the trade is on another merchant or terminal)');
  return { order, trade };
}

const CHANNEL_TEXT = {
  SUCCESS: 'RFD00000#成功',
  FAIL: 'RFD10001#退款失败',
  INIT: 'RFD11111#处理中',
  PROCESSING: 'RFD11112#处理中',
  TIMEOUT: 'RFD11105#超时',
  EXCEPTION: 'RFD99999#异常',
} as const;

/** Amounts are strings in the refund's own answer and numbers in the query's: Lakala is not of one mind either. */
function refundView(
  order: Order,
  refund: Refund,
  nowMs: number,
  amounts: 'string' | 'number',
): Record<string, unknown> {
  const trade = order.attempts.find((attempt) => attempt.tradeNo === refund.originTradeNo);
  const state = refundState(refund, nowMs);
  const inForm = (fen: number): string | number => (amounts === 'string' ? String(fen) : fen);
  return {
    out_trade_no: refund.outTradeNo,
    merchant_no: trade?.merchantNo ?? order.merchantNo,
    trade_no: refund.tradeNo,
    log_no: refund.logNo,
    trade_time: chinaTime(refund.atMs),
    trade_state: state,
    refund_type: refund.amount === trade?.amount ? 'ALL' : 'PART',
    refund_amount: inForm(refund.amount),
    total_amount: inForm(order.amount),
    payer_amount: inForm(refund.amount),
    origin_trade_no: refund.originTradeNo,
    origin_log_no: trade?.logNo ?? '',
    channel_ret_desc: CHANNEL_TEXT[state],
  };
}
