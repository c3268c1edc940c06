import { readFileSync } from 'node:fs';
import { isObject, readJson, type JsonObject } from './json-text.ts';

/** The order that a message speaks of. */
export interface Spoken {
  outOrderNo: string;
  merchantNo: string;
  amountFen: number;
}

function vector(path: string): JsonObject {
  const message = readJson(readFileSync(new URL(`../fixtures/lakala-vectors/${path}`, import.meta.url)));
  if (!isObject(message)) throw new Error(`${path} is no JSON object`);
  return message;
}

const todays = vector('notify-cashier-2025/body.json');
const older = vector('notify-cashier-2021/body.json');
const created = vector('response-special-create-2024/body.json');

/** Today's notification of a payment, as the real one, of this order and this trade. */
export function paidNotification({ outOrderNo, merchantNo, amountFen }: Spoken, tradeNo: string): JsonObject {
  const trade = {
    ...(todays.order_trade_info as JsonObject),
    trade_amount: amountFen,
    payer_amount: amountFen,
    trade_no: tradeNo,
  };
  return {
    ...todays,
    out_order_no: outOrderNo,
    merchant_no: merchantNo,
    total_amount: amountFen,
    order_trade_info: trade,
  };
}

/** The older form, which is a hint and never proof. */
export function olderNotification({ outOrderNo, merchantNo, amountFen }: Spoken): JsonObject {
  return { ...older, merchantOrderNo: outOrderNo, merchantNo, amount: amountFen };
}

/** The answer to a create, as the real one. */
export function createAnswer({ outOrderNo, merchantNo, amountFen }: Spoken): JsonObject {
  const data = {
    ...(created.resp_data as JsonObject),
    out_order_no: outOrderNo,
    merchant_no: merchantNo,
    total_amount: String(amountFen),
  };
  return { ...created, resp_data: data };
}

/** The answer to a query of a paid order: the notification's fields, its trades as a list, a failed one among them. */
export function queryAnswer(spoken: Spoken): JsonObject {
  const { order_trade_info: trade, ...order } = paidNotification(spoken, '2025031166200819100678');
  const failed = { ...(trade as JsonObject), trade_no: '2025031166200819100677', trade_status: 'F' };
  return { ...envelope(), resp_data: { ...order, order_trade_info_list: [trade, failed] } };
}

export function closeAnswer({ outOrderNo, merchantNo, amountFen }: Spoken): JsonObject {
  return {
    ...envelope(),
    resp_data: { out_order_no: outOrderNo, merchant_no: merchantNo, order_status: '7', total_amount: amountFen },
  };
}

/** The answer to a refund or to the question about one; `outOrderNo` is the refund's number. */
export function refundAnswer({ outOrderNo, merchantNo, amountFen }: Spoken): JsonObject {
  const data = {
    out_trade_no: outOrderNo,
    merchant_no: merchantNo,
    trade_no: '2025031266200819100999',
    log_no: '66200819100999',
    trade_state: 'SUCCESS',
    refund_amount: String(amountFen),
    total_amount: String(amountFen),
    refund_type: 'ALL',
    channel_ret_desc: 'RFD00000#成功',
  };
  return { ...envelope(), resp_data: data };
}

function envelope(): JsonObject {
  return { code: '000000', msg: '操作成功', resp_time: '20250311195612' };
}
