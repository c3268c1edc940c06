import { planOf } from '#domain/moves/locked-payment.js';
import type { PaymentStep } from '#domain/orders/payment-plan.js';
import { chinaTime, money, plain } from './line.js';
import type { OrderHistory } from './order-history.js';
import { attemptName } from './payment-lines.js';
import { proofText } from './proof-text.js';
import { turnText } from './turn-text.js';
import { lastWordText } from './word-lines.js';

/** What the payment waits for and until when, or why it ended and by which proof. */
export function paymentEnding(history: OrderHistory): string {
  const step = planOf(history);
  const sentence = [endOf(history) ?? waitOf(history), nextOf(history, step), lastWordOf(history), unresolvedOf(history)];
  return sentence.filter((part) => part !== null).join('; ');
}

function endOf({ order, outcomes }: OrderHistory): string | null {
  const outcome = outcomes.find(({ subjectId }) => subjectId === order.id);
  switch (order.status) {
    case 'succeeded':
      return `ended: ${money(order)} were paid by trade ${order.gatewayTransactionId}, ${proofText(outcome)}`;
    case 'failed':
      return `ended: it failed (${order.failureCode}: ${plain(order.failureMessage ?? '')}), ${proofText(outcome)}`;
    case 'pending':
    case 'processing':
      return null;
    default:
      return order.status satisfies never;
  }
}

function waitOf({ order, attempts, unread, nowMs }: OrderHistory): string {
  const [message] = unread;
  if (message) return `waits until the notification of ${chinaTime(message.received_at)} in the inbox is applied`;
  const closing = order.closeRequestedAt === null ? null : `the app asked to close it at ${chinaTime(order.closeRequestedAt)}`;
  const expired = order.expiresAt.getTime() <= nowMs ? `it expired at ${chinaTime(order.expiresAt)}` : null;
  const over = closing ?? expired;
  if (order.status === 'processing') {
    if (over !== null) return `waits for Lakala's signed word on how it ended, however long that takes: ${over}`;
    return `waits for the payer, who can pay until ${chinaTime(order.expiresAt)}`;
  }
  const pages = attempts.length === 1 ? '1 page was' : `${attempts.length} pages were`;
  return `waits for a page to pay on, at the longest until it expires at ${chinaTime(order.expiresAt)}: ${pages} asked for so far`;
}

function nextOf(history: OrderHistory, step: PaymentStep): string | null {
  const { order, nowMs } = history;
  switch (step.do) {
    case 'wait':
      return step.untilMs === null ? null : waitText(history, step.untilMs);
    case 'submit':
      return `a page is asked for, ${turnText(order, nowMs)}`;
    case 'fail':
      return `it fails (${step.failure.code}: ${plain(step.failure.message)}), ${turnText(order, nowMs)}`;
    case 'abandon':
      return `the answer to ${attemptName(history, step.attemptId)} is awaited, or given up: ${turnText(order, nowMs)}`;
    case 'inquire': {
      const close = step.closeFirst ? 'to close its page, and ' : '';
      return `Lakala is asked ${close}what became of ${attemptName(history, step.attemptId)}, ${turnText(order, nowMs)}`;
    }
    default:
      return step satisfies never;
  }
}

function waitText({ order }: OrderHistory, untilMs: number): string {
  switch (order.status) {
    case 'pending':
      return untilMs === order.expiresAt.getTime() ? 'no other page is asked for' : `the next step is at ${chinaTime(untilMs)}`;
    case 'processing':
      return `Lakala is asked again at ${chinaTime(untilMs)}, unless it tells us before`;
    case 'succeeded':
      return `another page of it is looked after at ${chinaTime(untilMs)}`;
    case 'failed':
      return `Lakala is asked once more at ${chinaTime(untilMs)} whether it was paid after all`;
    default:
      return order.status satisfies never;
  }
}

/** While it is open, what people ask first: does Lakala know of a payment on the page that the payer has? */
function lastWordOf(history: OrderHistory): string | null {
  const { order, attempts, words } = history;
  const page = attempts.find(({ state }) => state === 'payable');
  if (order.status !== 'processing' || page === undefined) return null;
  const ofPage = words.filter(({ subjectId, call }) => subjectId === page.id && (call === 'query' || call === 'notification'));
  return lastWordText(ofPage, attemptName(history, page.id)) ?? 'Lakala has said nothing of a payment yet';
}

function unresolvedOf({ anomalies }: OrderHistory): string | null {
  const kinds = anomalies.filter(({ resolved_at: resolvedAt }) => resolvedAt === null).map(({ kind }) => kind);
  return kinds.length === 0 ? null : `an operator has to resolve: ${kinds.join(', ')}`;
}
