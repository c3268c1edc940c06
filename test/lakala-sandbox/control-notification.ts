import type { KeyObject } from 'node:crypto';
import { chinaTime } from './china-time.ts';
import { checkedOptions, OPTION } from './control-options.ts';
import type { SandboxClock } from './clock.ts';
import { HttpError } from './http-messages.ts';
import type { Attempt } from './ledger-records.ts';
import type { Ledger, Order } from './ledger.ts';
import { notificationOf, olderNotificationOf } from './notification-body.ts';
import { deliver } from './notification-delivery.ts';
import { tradeTerminal } from './payer.ts';
import { randomDigits } from './random.ts';
import { notificationAuthorization } from './signing.ts';

interface NotificationBody {
  out_order_no: string;
  notify_url: string;
  form: '2021' | '2025';
  amount: number;
  merchant_no: string;
  order_status: string;
  trade_no: string;
  trade_status: string;
  trade_type: string;
  timestamp: number;
  wrongSignature: boolean;
  unsigned: boolean;
  fields: Record<string, unknown>;
}

const CHECKS = {
  out_order_no: OPTION.string,
  notify_url: OPTION.string,
  form: OPTION.oneOf('2021', '2025'),
  amount: OPTION.fen,
  merchant_no: OPTION.string,
  order_status: OPTION.oneOf('0', '1', '2', '3', '4', '5', '6', '7'),
  trade_no: OPTION.string,
  trade_status: OPTION.oneOf('S', 'F', 'C', 'U', 'X', 'T', 'P'),
  trade_type: OPTION.oneOf('PAY', 'REFUND', 'CANCEL'),
  timestamp: { holds: (value: unknown) => Number.isSafeInteger(value), expected: 'Unix seconds' },
  wrongSignature: OPTION.flag,
  unsigned: OPTION.flag,
  fields: {
    holds: (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value),
    expected: 'an object',
  },
};

/** Sends one notification that a test made up, once and past the ledger, and tells what the receiver answered. */
export class NotificationControl {
  private readonly ledger: Ledger;
  private readonly clock: SandboxClock;
  private readonly platformKey: KeyObject;
  private readonly merchantNo: string;

  constructor(ledger: Ledger, clock: SandboxClock, account: { platformKey: KeyObject; merchantNo: string }) {
    this.ledger = ledger;
    this.clock = clock;
    this.platformKey = account.platformKey;
    this.merchantNo = account.merchantNo;
  }

  async send(body: Record<string, unknown>): Promise<Record<string, unknown>> {
    const options = checkedOptions<NotificationBody>(body, CHECKS);
    if (options.out_order_no === undefined) throw new HttpError(400, 'out_order_no is required');
    const known = this.ledger.order(options.out_order_no);
    const url = options.notify_url ?? known?.notifyUrl ?? null;
    if (url === null) throw new HttpError(400, 'notify_url is required: there is no order of this number that has one');
    const message = this.message(options, known ?? this.stranger(options.out_order_no));
    const bytes = Buffer.from(JSON.stringify(message));
    const timestamp = String(options.timestamp ?? Math.floor(this.clock.nowMs() / 1000));
    // The platform's own key over another body: only a check of the bytes finds it out.
    const signed = options.wrongSignature ? Buffer.concat([bytes, Buffer.from(' ')]) : bytes;
    const authorization = options.unsigned
      ? null
      : await notificationAuthorization(timestamp, signed, this.platformKey);
    const receipt = await deliver(url, bytes, authorization, new AbortController().signal);
    return { sent: { url, authorization, body: message }, received: receipt };
  }

  private message(options: Partial<NotificationBody>, order: Order): Record<string, unknown> {
    const nowMs = this.clock.nowMs();
    const attempt = { ...(order.attempts.at(-1) ?? this.madeUpAttempt(order)) };
    if (options.trade_no !== undefined) attempt.tradeNo = options.trade_no;
    if (options.form === '2021') {
      const base = olderNotificationOf(order, attempt);
      return { ...base, ...renamed(options, OLDER_NAMES), ...options.fields };
    }
    const base = notificationOf(order, attempt, nowMs);
    const trade = { ...(base['order_trade_info'] as object), ...renamed(options, TRADE_NAMES) };
    // A message on demand is about a payment unless it says otherwise.
    const status = options.order_status ?? (order.attempts.length === 0 ? '2' : base['order_status']);
    return {
      ...base,
      order_status: status,
      order_trade_info: trade,
      ...renamed(options, ORDER_NAMES),
      ...options.fields,
    };
  }

  private madeUpAttempt(order: Order): Attempt {
    const nowMs = this.clock.nowMs();
    const logNo = `66${randomDigits(12)}`;
    return {
      tradeNo: `${chinaTime(nowMs).slice(0, 8)}${logNo}`,
      logNo,
      accTradeNo: `${chinaTime(nowMs).slice(0, 8)}22001${randomDigits(15)}`,
      type: 'PAY',
      status: 'S',
      amount: order.amount,
      payerAmount: order.amount,
      payMode: 'ALIPAY',
      merchantNo: order.merchantNo,
      termNo: tradeTerminal(order.merchantNo, order.termNo),
      atMs: nowMs,
    };
  }

  /** An order that only this message speaks of. */
  private stranger(outOrderNo: string): Order {
    const nowMs = this.clock.nowMs();
    return {
      outOrderNo,
      payOrderNo: `${chinaTime(nowMs).slice(2, 8)}11012001101011${randomDigits(9)}`,
      token: '',
      merchantNo: this.merchantNo,
      termNo: null,
      amount: 1,
      orderInfo: 'unknown order',
      notifyUrl: null,
      callbackUrl: null,
      payMode: null,
      supportRefund: false,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + 1_800_000,
      page: 'answer_lost',
      ended: null,
      attempts: [],
      refunds: [],
      notifications: [],
      calls: { create: 0, query: 0, close: 0, refund: 0, refund_query: 0 },
    };
  }
}

type Names = Partial<Record<keyof NotificationBody, readonly string[]>>;

/** Which members of the message each option sets. */
const ORDER_NAMES: Names = { amount: ['total_amount'], merchant_no: ['merchant_no', 'trans_merchant_no'] };
const TRADE_NAMES: Names = {
  amount: ['trade_amount', 'payer_amount'],
  merchant_no: ['settle_merchant_no'],
  trade_status: ['trade_status'],
  trade_type: ['trade_type'],
};
const OLDER_NAMES: Names = {
  amount: ['amount', 'actualPayAmount'],
  merchant_no: ['merchantNo', 'tradeMerchantNo'],
  trade_status: ['payStatus'],
  trade_type: ['tradeType'],
};

function renamed(options: Partial<NotificationBody>, names: Names): Record<string, unknown> {
  const members = Object.entries(names).flatMap(([option, targets]) => {
    const value = options[option as keyof NotificationBody];
    return value === undefined ? [] : targets.map((target) => [target, value] as const);
  });
  return Object.fromEntries(members);
}
