import { parseChinaTime } from './china-time.ts';

/** A field of `req_data`: a string of at most `max` characters. */
interface FieldRule {
  max: number;
  required?: true;
  form?: RegExp;
}

export type RequestData = Record<string, unknown>;

const text = (max: number): FieldRule => ({ max });
const required = (max: number): FieldRule => ({ max, required: true });
const FLAG: FieldRule = { max: 1, form: /^[01]$/ };
/** Fen, digits only, at most twelve of them. */
const FEN = /^[1-9]\d{0,11}$/;

export const CREATE_FIELDS: Record<string, FieldRule> = {
  out_order_no: required(32),
  merchant_no: required(32),
  total_amount: { max: 12, required: true, form: FEN },
  order_efficient_time: { max: 14, required: true, form: /^\d{14}$/ },
  order_info: required(64),
  notify_url: text(128),
  callback_url: text(128),
  term_no: text(32),
  support_refund: FLAG,
  support_cancel: FLAG,
  support_repeat_pay: FLAG,
  close_order_auto_refund: FLAG,
  repeat_pay_auto_refund: FLAG,
  counter_param: text(1024),
  counter_remark: text(128),
  channel_id: text(32),
  vpos_id: text(32),
};

export const ORDER_KEY_FIELDS: Record<string, FieldRule> = {
  merchant_no: required(32),
  out_order_no: text(32),
  pay_order_no: text(64),
};

export const REFUND_FIELDS: Record<string, FieldRule> = {
  merchant_no: required(15),
  term_no: required(8),
  out_trade_no: required(32),
  refund_amount: { max: 12, required: true, form: FEN },
  refund_reason: text(32),
  origin_out_trade_no: text(32),
  origin_trade_no: text(32),
  origin_log_no: text(14),
  notify_url: text(128),
};

export const REFUND_QUERY_FIELDS: Record<string, FieldRule> = {
  merchant_no: required(15),
  term_no: required(8),
  out_trade_no: text(32),
  trade_no: text(32),
};

/** What is wrong with the first bad field, naming it; null when all are right. Unknown fields are let pass. */
export function fieldError(data: RequestData, rules: Record<string, FieldRule>): string | null {
  for (const [name, rule] of Object.entries(rules)) {
    const given = data[name];
    if (given === undefined || given === null || given === '') {
      if (rule.required) return `${name} 不能为空 (is required)`;
      continue;
    }
    // The flags are numbers in the documentation's samples; everything else is a string there.
    const value = rule === FLAG && typeof given === 'number' ? String(given) : given;
    if (typeof value !== 'string') return `${name} 类型错误 (must be a string)`;
    if ([...value].length > rule.max) return `${name} 长度超限 (at most ${rule.max} characters)`;
    if (rule.form !== undefined && !rule.form.test(value)) return `${name} 格式错误 (malformed)`;
  }
  return null;
}

/** A field that `fieldError` has passed; null when it was left out. */
export function field(data: RequestData, name: string): string | null {
  const value = data[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

export function flagIsSet(data: RequestData, name: string): boolean {
  return data[name] === 1 || data[name] === '1';
}

const LONGEST_ORDER_MS = 7 * 86_400_000;

/** When the order ends, or what is wrong with the time given: it must lie ahead, seven days at most. */
export function orderEnd(data: RequestData, nowMs: number): number | string {
  const endMs = parseChinaTime(field(data, 'order_efficient_time') ?? '');
  if (endMs === null) return 'order_efficient_time 格式错误 (not a time)';
  if (endMs <= nowMs) return 'order_efficient_time 已过期 (is past)';
  if (endMs > nowMs + LONGEST_ORDER_MS) return 'order_efficient_time 超过7天 (more than 7 days ahead)';
  return endMs;
}
