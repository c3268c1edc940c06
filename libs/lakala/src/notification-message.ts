import { createHash } from 'node:crypto';
import {
  type JsonObject,
  asObject,
  isAbsent,
  optionalFen,
  optionalText,
  parseJsonObject,
  requiredFen,
  requiredText,
} from './message-fields.js';
import { parseTrade, type Trade } from './trade.js';

/** Today's form: carries the order's state, so it can be proof (docs/lakala.md, "Cashier notification"). */
export interface CashierNotification {
  readonly form: 'cashier';
  readonly outOrderNo: string;
  readonly merchantNo: string;
  readonly termNo?: string;
  readonly payOrderNo?: string;
  readonly transMerchantNo?: string;
  readonly transTermNo?: string;
  readonly orderStatus: string;
  readonly totalAmountFen: number;
  readonly trade: Trade | null;
}

/**
 * The older camelCase form. It has no order state, and a refund's message says `S` too: a reason to query, never proof
 * (docs/lakala.md, "Cashier notification").
 */
export interface HintNotification {
  readonly form: 'hint';
  readonly outOrderNo: string;
  readonly merchantNo?: string;
  readonly payOrderNo?: string;
  readonly tradeStatus: string;
  readonly tradeNo?: string;
  readonly logNo?: string;
  readonly totalAmountFen?: number;
  readonly tradeType?: string;
}

/** A notification in either of its forms, told apart by `form`. */
export type NotificationMessage = CashierNotification | HintNotification;

/** Reads a notification whose signature was verified; throws MessageError. */
export function parseNotification(raw: Uint8Array): NotificationMessage {
  const body = parseJsonObject(raw);
  return isAbsent(body['out_order_no']) && !isAbsent(body['merchantOrderNo']) ? readHint(body) : readCashier(body);
}

/**
 * The business key by which repeats are told, since every delivery is signed afresh: SHA-256, in hex, of form,
 * merchant, order number, trade number, trade type, order status, trade status and amount.
 */
export function notificationKey(message: NotificationMessage): string {
  const parts =
    message.form === 'cashier'
      ? [message.trade?.tradeNo, message.trade?.tradeType, message.orderStatus, message.trade?.tradeStatus]
      : [message.tradeNo, message.tradeType, undefined, message.tradeStatus];
  // As JSON, so that no two different lists of parts can read alike; an absent part becomes null.
  const text = JSON.stringify([message.form, message.merchantNo, message.outOrderNo, ...parts, message.totalAmountFen]);
  return createHash('sha256').update(text).digest('hex');
}

function readCashier(body: JsonObject): CashierNotification {
  const trade = body['order_trade_info'];
  return {
    form: 'cashier',
    outOrderNo: requiredText(body, 'out_order_no'),
    merchantNo: requiredText(body, 'merchant_no'),
    termNo: optionalText(body, 'term_no'),
    payOrderNo: optionalText(body, 'pay_order_no'),
    transMerchantNo: optionalText(body, 'trans_merchant_no'),
    transTermNo: optionalText(body, 'trans_term_no'),
    orderStatus: requiredText(body, 'order_status'),
    totalAmountFen: requiredFen(body, 'total_amount'),
    trade: isAbsent(trade) ? null : parseTrade(asObject(trade, 'order_trade_info'), body),
  };
}

function readHint(body: JsonObject): HintNotification {
  return {
    form: 'hint',
    outOrderNo: requiredText(body, 'merchantOrderNo'),
    merchantNo: optionalText(body, 'merchantNo'),
    payOrderNo: optionalText(body, 'payOrderNo'),
    tradeStatus: requiredText(body, 'payStatus'),
    tradeNo: optionalText(body, 'lklOrderNo'),
    logNo: optionalText(body, 'logNo'),
    totalAmountFen: optionalFen(body, 'amount'),
    tradeType: optionalText(body, 'tradeType'),
  };
}
