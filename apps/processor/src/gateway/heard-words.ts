import type { HeardWord } from '#domain/moves/record-word.js';
import type { PaymentAnswer, RefundAnswer } from '#domain/orders/gateway-answer.js';
import { meaningOf, type LakalaCall } from '#lakala/code-meanings.js';
import type { JsonObject } from '#lakala/message-fields.js';
import type { NotificationMessage } from '#lakala/notification-message.js';
import { textWithoutPayerIdentity } from '#lakala/payer-identity.js';
import { scrub } from '#platform/logging/scrub.js';
import type { SignedAnswer } from './lakala-client.js';

/** As long as Lakala's own limit for its texts, and as the row holds. */
const MAX_MESSAGE_LENGTH = 200;
const MAX_TRADES = 10;
/** A form that is not this is not one of Lakala's codes, states or ids, and is not kept. */
const CODE = /^[A-Za-z0-9_-]{1,32}$/;
const TRACE_ID = /^[A-Za-z0-9_-]{1,64}$/;
const TRADE = /^[A-Z]{1,8} [A-Z]$/;

/** What is kept of an answer to a call: its code, the state it names, Lakala's text masked; never the body. */
export function heardOn(call: LakalaCall, answered: SignedAnswer, answer: PaymentAnswer | RefundAnswer): HeardWord {
  const { outcome } = answer;
  const word = { call, outcome, traceId: formed(answered.traceId, TRACE_ID), at: null };
  if (!answered.signed) return { ...word, code: null, state: null, trades: null, message: shown(answered.cause) };
  const { code, message, respData = {} } = answered.envelope;
  const state = respData['order_status'] ?? respData['trade_state'];
  // Where the call went well and its answer says nothing all the same, only the reading knows why.
  const reason = meaningOf(code, call) === 'success' ? causeOf(answer) : null;
  return {
    ...word,
    code: formed(code, CODE),
    state: formed(state, CODE),
    trades: tradesOf(respData['order_trade_info_list']),
    message: shown(reason ?? message),
  };
}

/** What is kept of a notification. `trusted`: a certificate we trust signed it. */
export function heardUnasked(
  message: NotificationMessage,
  outcome: PaymentAnswer['outcome'],
  trusted: boolean,
  at: Date,
): HeardWord {
  const state = message.form === 'cashier' ? message.orderStatus : message.tradeStatus;
  const trade = message.form === 'cashier' ? message.trade : null;
  const trades = trade === null ? null : formed(`${trade.tradeType} ${trade.tradeStatus}`, TRADE);
  const weakness = message.form === 'hint' ? 'of the older form' : null;
  const doubt = trusted ? weakness : 'signed by no certificate we trust';
  return { call: 'notification', outcome, code: null, state: formed(state, CODE), trades, message: doubt, traceId: null, at };
}

function causeOf(answer: PaymentAnswer | RefundAnswer): string | null {
  return answer.outcome === 'unknown' || answer.outcome === 'mismatched' ? answer.cause : null;
}

function shown(text: string): string | null {
  const line = text.replaceAll(/[\p{Cc}\p{Cs}]/gu, ' ');
  // One less: scrub marks with a sign of its own that it has cut.
  return scrub(textWithoutPayerIdentity(line), MAX_MESSAGE_LENGTH - 1) || null;
}

function formed(value: unknown, form: RegExp): string | null {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && form.test(text) ? text : null;
}

function tradesOf(list: unknown): string | null {
  if (!Array.isArray(list)) return null;
  const trades = (list as unknown[]).flatMap((entry) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { trade_type: type, trade_status: status } = entry as JsonObject;
    return typeof type === 'string' && typeof status === 'string' ? (formed(`${type} ${status}`, TRADE) ?? []) : [];
  });
  return trades.slice(0, MAX_TRADES).join(', ') || null;
}
