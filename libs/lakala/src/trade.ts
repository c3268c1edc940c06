import { MessageError } from './message-error.js';
import { type JsonObject, optionalFen, optionalText, requiredText, shownFen, shownText } from './message-fields.js';

/** One payment attempt, refund or cancellation of an order, as Lakala tells it (docs/lakala.md, "Cashier query"). */
export interface Trade {
  /** Empty only on an attempt that did not succeed. */
  readonly tradeNo: string;
  /** The number reconciliation files go by. Empty only on an attempt that did not succeed. */
  readonly logNo: string;
  /** `PAY`, `REFUND` or `CANCEL`. */
  readonly tradeType: string;
  /** `S` success, `F` failed, `C` reversed, `U` pre-recorded, `X` send failed, `T` send timed out, `P` in progress. */
  readonly tradeStatus: string;
  /** Zero where Lakala gave none, which only an attempt that did not succeed may do. */
  readonly tradeAmountFen: number;
  /** What the payer gave, less than the trade's amount after a discount; for showing only. */
  readonly payerAmountFen?: number;
  /** The payer's channel's own number for it (Alipay, WeChat, …). */
  readonly accTradeNo?: string;
  readonly payMode?: string;
  /** As Lakala wrote it, normally `yyyyMMddHHmmss` in China time; an official sample has 13 digits. */
  readonly tradeTime?: string;
  /** Merchant and terminal a refund of this trade must name. */
  readonly merchantNo?: string;
  readonly termNo?: string;
}

/**
 * Reads one entry of an order. `order` is the message it stands in: a refund goes to the merchant and terminal of the
 * trade that was paid, which are the entry's `settle_*` (in an order paid to several merchants, each trade has its
 * own), and where an entry has none, the order's `trans_*`. Both come from Lakala, never from our configuration, from
 * which they differ in the test system. Throws MessageError.
 */
export function parseTrade(entry: JsonObject, order: JsonObject): Trade {
  const tradeStatus = requiredText(entry, 'trade_status');
  const tradeNo = optionalText(entry, 'trade_no') ?? '';
  // The query spells it log_No, the notification log_no.
  const logNo = optionalText(entry, 'log_no') ?? optionalText(entry, 'log_No') ?? '';
  const tradeAmountFen = optionalFen(entry, 'trade_amount');
  if (tradeStatus === 'S' && (!tradeNo || !logNo || tradeAmountFen === undefined)) {
    throw new MessageError('trade_no, log_no or trade_amount', 'is missing on a trade that succeeded');
  }
  return {
    tradeNo,
    logNo,
    tradeType: requiredText(entry, 'trade_type'),
    tradeStatus,
    tradeAmountFen: tradeAmountFen ?? 0,
    payerAmountFen: shownFen(entry, 'payer_amount'),
    accTradeNo: shownText(entry, 'acc_trade_no'),
    payMode: shownText(entry, 'pay_mode'),
    tradeTime: shownText(entry, 'trade_time'),
    merchantNo: optionalText(entry, 'settle_merchant_no') ?? optionalText(order, 'trans_merchant_no'),
    termNo: optionalText(entry, 'settle_term_no') ?? optionalText(order, 'trans_term_no'),
  };
}
