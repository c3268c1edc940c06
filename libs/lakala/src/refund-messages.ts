import { type JsonObject, asObject, optionalFen, optionalText, requiredText, shownText } from './message-fields.js';
import { cutText, fenText, limited } from './request-fields.js';

/** Where the refund calls go, under the base URL (docs/lakala.md, "Refund"). */
export const REFUND_PATHS = {
  refund: '/api/v3/rfd/refund_front/refund',
  refund_query: '/api/v3/rfd/refund_front/refund_query',
} as const;

const MAX_REASON_LENGTH = 32;
/** The longest spelling of an IPv6 address. */
const MAX_IP_LENGTH = 45;
const MAX_NUMBER_LENGTH = 32;
/**
 * The notes say S15, S8, S32 and S14, but these values are Lakala's own, from the paid trade: a longer one than the
 * notes know of must not make a payment unrefundable here.
 */
const MAX_LENGTH_OF_THEIRS = 64;

/** Which refund is meant: our number of it, and merchant and terminal of the trade that was paid (`Trade`). */
export interface RefundKey {
  readonly merchantNo: string;
  readonly termNo: string;
  readonly outTradeNo: string;
}

/** A refund to ask for. The origin numbers are those of the paid trade; our order number is not one of them. */
export interface RefundRequest extends RefundKey {
  readonly refundAmountFen: number;
  readonly reason?: string | null;
  readonly originTradeNo: string;
  readonly originLogNo: string;
  readonly requestIp: string;
}

/**
 * What Lakala says of a refund. `tradeState`: `SUCCESS` and `FAIL` are final; `INIT`, `DEAL`, `PROCESSING`, `TIMEOUT`
 * are not; `EXCEPTION` is unclear. Fields that are there are to be compared with what was asked.
 */
export interface RefundAnswer {
  readonly outTradeNo?: string;
  readonly merchantNo?: string;
  readonly tradeNo?: string;
  readonly logNo?: string;
  /** `yyyyMMddHHmmss` in China time, where it is one. */
  readonly tradeTime?: string;
  readonly tradeState: string;
  readonly refundAmountFen?: number;
  readonly totalAmountFen?: number;
  readonly refundType?: string;
  readonly description?: string;
}

/**
 * `req_data` of a refund (docs/lakala.md, "Refund"). A reason over 32 characters is cut; any other field over Lakala's
 * limit is a RangeError.
 */
export function refundRequestData(refund: RefundRequest): JsonObject {
  return {
    ...refundQueryRequestData(refund),
    refund_amount: fenText('refund_amount', refund.refundAmountFen),
    ...(refund.reason ? { refund_reason: cutText(refund.reason, MAX_REASON_LENGTH) } : {}),
    origin_trade_no: limited('origin_trade_no', refund.originTradeNo, MAX_LENGTH_OF_THEIRS),
    origin_log_no: limited('origin_log_no', refund.originLogNo, MAX_LENGTH_OF_THEIRS),
    location_info: { request_ip: limited('request_ip', refund.requestIp, MAX_IP_LENGTH) },
  };
}

/** `req_data` of a refund query (docs/lakala.md, "Refund"). */
export function refundQueryRequestData(key: RefundKey): JsonObject {
  return {
    merchant_no: limited('merchant_no', key.merchantNo, MAX_LENGTH_OF_THEIRS),
    term_no: limited('term_no', key.termNo, MAX_LENGTH_OF_THEIRS),
    out_trade_no: limited('out_trade_no', key.outTradeNo, MAX_NUMBER_LENGTH),
  };
}

/** Reads `resp_data` of a successful refund call, and of a successful refund query alike; throws MessageError. */
export function parseRefundAnswer(respData: JsonObject | undefined): RefundAnswer {
  const data = asObject(respData, 'resp_data');
  return {
    outTradeNo: optionalText(data, 'out_trade_no'),
    merchantNo: optionalText(data, 'merchant_no'),
    tradeNo: optionalText(data, 'trade_no'),
    logNo: optionalText(data, 'log_no') ?? optionalText(data, 'log_No'),
    tradeTime: shownText(data, 'trade_time'),
    tradeState: requiredText(data, 'trade_state'),
    refundAmountFen: optionalFen(data, 'refund_amount'),
    totalAmountFen: optionalFen(data, 'total_amount'),
    refundType: shownText(data, 'refund_type'),
    description: shownText(data, 'channel_ret_desc'),
  };
}
