import { isObject, readJson, type JsonObject } from './json-text.ts';
import type { Spoken } from './message-bases.ts';

const PAID = ['2', '6'];
const ENDED = ['4', '5', '7'];

/**
 * What a signed message could at most prove of an order, read by the rules of the protocol and as leniently as may be, so
 * that what it denies is denied by every reading: nothing moves an order by such a message.
 */
export function provable(bytes: Uint8Array, { outOrderNo, merchantNo, amountFen }: Spoken): 'paid' | 'ended' | null {
  const message = readJson(bytes);
  const answered = isObject(message) && isObject(message.resp_data) ? message.resp_data : undefined;
  const data = answered ?? message;
  if (!isObject(data)) return null;
  const isOfMerchant = answered ? namesNoOther(answered, merchantNo) : textOf(data.merchant_no) === merchantNo;
  if (!isOfMerchant || textOf(data.out_order_no) !== outOrderNo || Number(textOf(data.total_amount)) !== amountFen)
    return null;
  const status = textOf(data.order_status);
  if (PAID.includes(status)) return tradesIn(data).some(isPayment) ? 'paid' : null;
  return ENDED.includes(status) || status === '3' ? 'ended' : null;
}

/** The official fields of an answer do not name the merchant the order was made for: where it is named, it counts. */
function namesNoOther({ merchant_no: named }: JsonObject, merchantNo: string): boolean {
  return isAbsent(named) || textOf(named) === merchantNo;
}

function tradesIn({ order_trade_info: one, order_trade_info_list: list }: JsonObject): JsonObject[] {
  return [one, ...(Array.isArray(list) ? (list as unknown[]) : [])].filter(isObject);
}

function isPayment({ trade_type: type, trade_status: status, trade_no: tradeNo }: JsonObject): boolean {
  return type === 'PAY' && status === 'S' && !isAbsent(tradeNo);
}

/** As {@link provable}, for a refund and its number. */
export function provableRefund(
  bytes: Uint8Array,
  { outOrderNo, merchantNo, amountFen }: Spoken,
): 'refunded' | 'failed' | null {
  const message = readJson(bytes);
  const data = isObject(message) && isObject(message.resp_data) ? message.resp_data : null;
  if (!data || textOf(data.out_trade_no) !== outOrderNo || !namesNoOther(data, merchantNo)) return null;
  const { refund_amount: amount } = data;
  if (!isAbsent(amount) && Number(textOf(amount)) !== amountFen) return null;
  return data.trade_state === 'SUCCESS' ? 'refunded' : data.trade_state === 'FAIL' ? 'failed' : null;
}

/** As {@link provable}, for the answer to a create: whether it hands out the page of this very order. */
export function provablePage(bytes: Uint8Array, { outOrderNo, merchantNo, amountFen }: Spoken): 'payable' | null {
  const message = readJson(bytes);
  const data = isObject(message) && isObject(message.resp_data) ? message.resp_data : null;
  const isOfOrder =
    textOf(data?.out_order_no) === outOrderNo &&
    textOf(data?.merchant_no) === merchantNo &&
    Number(textOf(data?.total_amount)) === amountFen;
  return isOfOrder && /^https?:/i.test(textOf(data?.counter_url)) ? 'payable' : null;
}

/** Text, or a number as text: Lakala varies between the two. What is neither is like nothing we look for. */
function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '?';
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
