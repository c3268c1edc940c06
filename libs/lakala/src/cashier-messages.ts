import { formatChinaTime, parseChinaTime } from './china-time.js';
import { MessageError } from './message-error.js';
import {
  type JsonObject,
  asObject,
  MAX_TEXT_LENGTH,
  isAbsent,
  optionalFen,
  optionalText,
  requiredFen,
  requiredText,
  shownText,
} from './message-fields.js';
import { cutText, fenText, limited } from './request-fields.js';
import { parseTrade, type Trade } from './trade.js';

/** Where the cashier's calls go, under the base URL (docs/lakala.md, "Cashier order", "query", "close"). */
export const CASHIER_PATHS = {
  create: '/api/v3/ccss/counter/order/special_create',
  query: '/api/v3/ccss/counter/order/query',
  close: '/api/v3/ccss/counter/order/close',
} as const;

/** What Lakala's `notify_url` and `callback_url` hold; a longer address must be shortened before it gets here. */
export const MAX_URL_LENGTH = 128;
const MAX_TITLE_LENGTH = 64;
const MAX_NUMBER_LENGTH = 32;

/** What a cashier order is made of. `expiresAt` is at most 7 days ahead, or Lakala refuses it. */
export interface CashierOrder {
  readonly outOrderNo: string;
  readonly merchantNo: string;
  readonly termNo?: string;
  readonly totalAmountFen: number;
  readonly title: string;
  readonly expiresAt: Date;
  readonly notifyUrl: string;
  readonly callbackUrl?: string;
}

/** Which order is meant: our own number of it, under the merchant it was created for. */
export interface CashierOrderKey {
  readonly merchantNo: string;
  readonly outOrderNo: string;
}

/** The answer to a create. `counterUrl` is the payer's page, to be handed on unchanged. */
export interface CreateAnswer {
  readonly merchantNo: string;
  readonly outOrderNo: string;
  readonly payOrderNo: string;
  readonly totalAmountFen: number;
  readonly counterUrl: string;
}

/**
 * An order as Lakala knows it. `orderStatus`: `0` to be paid, `1` paying, `2` paid, `3` failed, `4` expired,
 * `5` cancelled, `6` partly or fully refunded, `7` closed.
 */
export interface QueryAnswer {
  readonly merchantNo?: string;
  readonly outOrderNo: string;
  readonly payOrderNo?: string;
  readonly orderStatus: string;
  readonly totalAmountFen: number;
  readonly transMerchantNo?: string;
  readonly transTermNo?: string;
  readonly orderEfficientTime?: Date;
  /** Newest first; a paid order can carry an earlier failed attempt, so a trade never tells the order's state. */
  readonly trades: readonly Trade[];
}

/** The answer to a close; the order is closed only where `orderStatus` is `7`. */
export interface CloseAnswer {
  readonly outOrderNo?: string;
  readonly merchantNo?: string;
  readonly orderStatus: string;
  readonly totalAmountFen?: number;
}

/**
 * `req_data` of a create (docs/lakala.md, "Cashier order"). A title over 64 characters is cut; any other field over
 * Lakala's limit is a RangeError.
 */
export function createRequestData(order: CashierOrder): JsonObject {
  return {
    ...keyData(order),
    ...(order.termNo === undefined ? {} : { term_no: limited('term_no', order.termNo, MAX_NUMBER_LENGTH) }),
    total_amount: fenText('total_amount', order.totalAmountFen),
    order_efficient_time: formatChinaTime(order.expiresAt),
    order_info: limited('order_info', cutText(order.title, MAX_TITLE_LENGTH), MAX_TITLE_LENGTH),
    notify_url: limited('notify_url', order.notifyUrl, MAX_URL_LENGTH),
    ...(order.callbackUrl === undefined
      ? {}
      : { callback_url: limited('callback_url', order.callbackUrl, MAX_URL_LENGTH) }),
    // Lakala's default, 0, may refuse every refund.
    support_refund: 1,
    // One order, one payment; and no money moves back without an act of ours.
    support_cancel: 0,
    support_repeat_pay: 0,
    close_order_auto_refund: 0,
    repeat_pay_auto_refund: 0,
  };
}

/** Reads `resp_data` of a successful create; throws MessageError. */
export function parseCreateAnswer(respData: JsonObject | undefined): CreateAnswer {
  const data = asObject(respData, 'resp_data');
  const counterUrl = requiredText(data, 'counter_url', MAX_TEXT_LENGTH);
  // A payer's browser will open it, so no other scheme may slip through.
  if (!/^https?:\/\//i.test(counterUrl)) {
    throw new MessageError('counter_url', 'is not an http(s) address');
  }
  return {
    merchantNo: requiredText(data, 'merchant_no'),
    outOrderNo: requiredText(data, 'out_order_no'),
    payOrderNo: requiredText(data, 'pay_order_no'),
    totalAmountFen: requiredFen(data, 'total_amount'),
    counterUrl,
  };
}

/** `req_data` of a query (docs/lakala.md, "Cashier query"). */
export function queryRequestData(key: CashierOrderKey): JsonObject {
  return keyData(key);
}

/** Reads `resp_data` of a successful query; throws MessageError. */
export function parseQueryAnswer(respData: JsonObject | undefined): QueryAnswer {
  const data = asObject(respData, 'resp_data');
  return {
    merchantNo: optionalText(data, 'merchant_no'),
    outOrderNo: requiredText(data, 'out_order_no'),
    payOrderNo: optionalText(data, 'pay_order_no'),
    orderStatus: requiredText(data, 'order_status'),
    totalAmountFen: requiredFen(data, 'total_amount'),
    transMerchantNo: optionalText(data, 'trans_merchant_no'),
    transTermNo: optionalText(data, 'trans_term_no'),
    orderEfficientTime: orderEfficientTime(data),
    trades: tradeEntries(data).map((entry) => parseTrade(asObject(entry, 'order_trade_info_list'), data)),
  };
}

/** `req_data` of a close (docs/lakala.md, "Cashier close"). */
export function closeRequestData(key: CashierOrderKey): JsonObject {
  return keyData(key);
}

/** Reads `resp_data` of a successful close; throws MessageError. */
export function parseCloseAnswer(respData: JsonObject | undefined): CloseAnswer {
  const data = asObject(respData, 'resp_data');
  return {
    outOrderNo: optionalText(data, 'out_order_no'),
    merchantNo: optionalText(data, 'merchant_no'),
    orderStatus: requiredText(data, 'order_status'),
    totalAmountFen: optionalFen(data, 'total_amount'),
  };
}

function keyData(key: CashierOrderKey): { out_order_no: string; merchant_no: string } {
  return {
    out_order_no: limited('out_order_no', key.outOrderNo, MAX_NUMBER_LENGTH),
    merchant_no: limited('merchant_no', key.merchantNo, MAX_NUMBER_LENGTH),
  };
}

function orderEfficientTime(data: JsonObject): Date | undefined {
  const text = shownText(data, 'order_efficient_time');
  try {
    return text === undefined ? undefined : parseChinaTime(text);
  } catch {
    // Lakala's own samples have unreadable times: as good as none, and never a reason to disbelieve a payment.
    return undefined;
  }
}

function tradeEntries(data: JsonObject): readonly unknown[] {
  const list = data['order_trade_info_list'];
  if (isAbsent(list)) {
    return [];
  }
  if (!Array.isArray(list)) {
    throw new MessageError('order_trade_info_list', 'is not a list');
  }
  return list;
}
