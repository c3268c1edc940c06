import { randomBytes } from 'node:crypto';
import { CODES, refusal, success, type Answer } from './answer.ts';
import { chinaTime } from './china-time.ts';
import { PAY_MODES, type PayMode } from './ledger-records.ts';
import type { Ledger, Order } from './ledger.ts';
import { orderStatus, queryView } from './order-view.ts';
import { randomDigits } from './random.ts';
import {
  CREATE_FIELDS,
  field,
  fieldError,
  flagIsSet,
  ORDER_KEY_FIELDS,
  orderEnd,
  type RequestData,
} from './request-fields.ts';

/** The channel Lakala names in its answers, although no request names one. */
export const CHANNEL_ID = '95';

/** special_create: books the order and gives out its page. */
export function createOrder(ledger: Ledger, nowMs: number, publicUrl: string, data: RequestData): Answer {
  const wrong = fieldError(data, CREATE_FIELDS);
  if (wrong !== null) return refusal(CODES.badField, wrong);
  const expiresAtMs = orderEnd(data, nowMs);
  if (typeof expiresAtMs === 'string') return refusal(CODES.badField, expiresAtMs);
  const payMode = allowedPayMode(field(data, 'counter_param'));
  if (payMode === 'unreadable')
    return refusal(CODES.badField, 'counter_param 格式错误 (not a JSON object with a known pay_mode)');
  const outOrderNo = field(data, 'out_order_no') ?? '';
  if (ledger.order(outOrderNo) !== undefined)
    return refusal(CODES.duplicateOrder, '商户订单号重复 (out_order_no was used before)');
  ledger.record({
    t: 'order',
    terms: {
      outOrderNo,
      payOrderNo: ledger.unusedNumber(() => `${chinaTime(nowMs).slice(2, 8)}11012001101011${randomDigits(9)}`),
      token: `CCSS${randomBytes(27).toString('base64url')}==`,
      merchantNo: field(data, 'merchant_no') ?? '',
      termNo: field(data, 'term_no'),
      amount: Number(field(data, 'total_amount')),
      orderInfo: field(data, 'order_info') ?? '',
      notifyUrl: field(data, 'notify_url'),
      callbackUrl: field(data, 'callback_url'),
      payMode,
      supportRefund: flagIsSet(data, 'support_refund'),
      createdAtMs: nowMs,
      expiresAtMs,
    },
  });
  const order = ledger.order(outOrderNo);
  if (order === undefined) throw new Error('an order was recorded and is not in the ledger');
  return success(createView(order, publicUrl));
}

function createView(order: Order, publicUrl: string): Record<string, unknown> {
  return {
    merchant_no: order.merchantNo,
    channel_id: CHANNEL_ID,
    out_order_no: order.outOrderNo,
    order_create_time: chinaTime(order.createdAtMs),
    order_efficient_time: chinaTime(order.expiresAtMs),
    pay_order_no: order.payOrderNo,
    total_amount: String(order.amount),
    counter_url: `${publicUrl}/r/0000?${counterQuery(order)}`,
  };
}

/** The part of `counter_url` after the question mark: percent-encoded as a whole, as the real platform does. */
export function counterQuery(order: Order): string {
  return encodeURIComponent(
    `pageStyle=V2&token=${order.token}&amount=${order.amount}&payOrderNo=${order.payOrderNo}&mndf=1`,
  );
}

function allowedPayMode(counterParam: string | null): PayMode | null | 'unreadable' {
  if (counterParam === null) return null;
  try {
    const parsed: unknown = JSON.parse(counterParam);
    if (typeof parsed !== 'object' || parsed === null) return 'unreadable';
    const given: unknown = (parsed as Record<string, unknown>)['pay_mode'];
    if (given === undefined) return null;
    return PAY_MODES.find((mode) => mode === given) ?? 'unreadable';
  } catch {
    // Not JSON: the merchant's mistake, which the caller tells it.
    return 'unreadable';
  }
}

function findOrder(ledger: Ledger, data: RequestData): Order | Answer {
  const wrong = fieldError(data, ORDER_KEY_FIELDS);
  if (wrong !== null) return refusal(CODES.badField, wrong);
  const outOrderNo = field(data, 'out_order_no');
  const payOrderNo = field(data, 'pay_order_no');
  if (outOrderNo === null && payOrderNo === null) {
    return refusal(CODES.badField, 'out_order_no 和 pay_order_no 不能同时为空 (one of them is required)');
  }
  const order = outOrderNo !== null ? ledger.order(outOrderNo) : ledger.orderByPayOrderNo(payOrderNo ?? '');
  const fits = order !== undefined && order.merchantNo === field(data, 'merchant_no');
  if (!fits || (payOrderNo !== null && order.payOrderNo !== payOrderNo)) {
    return refusal(CODES.orderNotFound, '订单不存在 (no such order)');
  }
  return order;
}

export function queryOrder(ledger: Ledger, nowMs: number, data: RequestData): Answer {
  const order = findOrder(ledger, data);
  return 'code' in order ? order : success(queryView(order, nowMs));
}

/** close: an order that is paid or has ended another way is refused. */
export function closeOrder(ledger: Ledger, nowMs: number, data: RequestData): Answer {
  const order = findOrder(ledger, data);
  if ('code' in order) return order;
  const status = orderStatus(order, nowMs);
  if (!['0', '1', '3'].includes(status)) {
    return refusal(CODES.orderNotClosable, `订单状态不允许关单 (order_status is ${status})`);
  }
  ledger.record({ t: 'ended', outOrderNo: order.outOrderNo, how: 'closed' });
  return success({
    merchant_no: order.merchantNo,
    channel_id: CHANNEL_ID,
    out_order_no: order.outOrderNo,
    pay_order_no: order.payOrderNo,
    total_amount: order.amount,
    order_status: '7',
  });
}
