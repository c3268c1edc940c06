import { askAgainAt, WHILE_IN_DOUBT, WHILE_PAYABLE } from './ask-again.js';
import type { Failure } from './gateway-answer.js';
import type { AttemptState } from './resolve-payment.js';
import type { PaymentStatus } from './payment-moves.js';

/** Below this an order is not submitted any more: the payer could not finish. */
export const SHORTEST_SUBMIT_MS = 30_000;
/** At most this many pages are asked for on one order; then it waits for its expiry. */
export const MAX_ATTEMPTS = 20;
/** So many refusals in a row end an order: no page was handed out, so no money is at risk. */
export const REFUSALS_UNTIL_FAILED = 3;
/** A failed order that ever had a page is asked about again, this long after it failed. */
export const RECHECKS_MS: readonly number[] = [600_000, 7_200_000, 86_400_000];
const LONGEST_RETRY_MS = 60_000;

export interface PlannedAttempt {
  id: string;
  state: AttemptState;
  /** Nothing more is to be asked about it. */
  over: boolean;
  begunAtMs: number;
  /** When the gateway was last asked about it. */
  lastInquiredAtMs: number | null;
  /** When somebody brought news that only a question can confirm. */
  hintedAtMs: number | null;
  /** In [0, 1), the attempt's own: spreads the questions about those that began together. */
  jitter: number;
  refusal: { definite: boolean; code: string; message: string } | null;
}

export interface PlannedPayment {
  status: PaymentStatus;
  expiresAtMs: number;
  closeRequestedAtMs: number | null;
  failedAtMs: number | null;
  /** How many of {@link RECHECKS_MS} are done. */
  rechecks: number;
  /** Oldest first. */
  attempts: readonly PlannedAttempt[];
}

export type PaymentStep =
  | { do: 'abandon'; attemptId: string }
  | { do: 'submit' }
  | { do: 'fail'; failure: Failure }
  | { do: 'inquire'; attemptId: string; closeFirst: boolean }
  | { do: 'wait'; untilMs: number | null };

/**
 * What the holder of an order's lease does next, where no page may be asked for before `noPageBeforeMs`. `null` as
 * `untilMs`: nothing, ever, unless somebody brings news.
 */
export function nextPaymentStep(order: PlannedPayment, nowMs: number, noPageBeforeMs = nowMs): PaymentStep {
  // Whoever begun it lost the lease: its answer, if one ever comes, must find the attempt given up.
  const begun = order.attempts.find((attempt) => attempt.state === 'begun');
  if (begun) return { do: 'abandon', attemptId: begun.id };

  const submission = order.status === 'pending' ? submissionStep(order, nowMs, noPageBeforeMs) : null;
  if (submission && submission.do !== 'wait') return submission;
  const inquiry = inquiryStep(order, nowMs);
  if (inquiry.do !== 'wait') return inquiry;
  return { do: 'wait', untilMs: earliest(submission?.untilMs ?? null, inquiry.untilMs) };
}

type Submission = Extract<PaymentStep, { do: 'submit' | 'fail' | 'wait' }>;

/** Every attempt of a pending order is refused or abandoned here, so a failure hands no payable page to oblivion. */
function submissionStep(order: PlannedPayment, nowMs: number, noPageBeforeMs: number): Submission {
  const refusals = trailingRefusals(order.attempts);
  const last = refusals.at(-1);
  if (last && (last.definite || refusals.length >= REFUSALS_UNTIL_FAILED)) {
    return { do: 'fail', failure: { code: 'refused', message: `Lakala: ${last.code} ${last.message}`.trim() } };
  }
  if (order.closeRequestedAtMs !== null) {
    return { do: 'fail', failure: { code: 'closed', message: 'closed at the request of the app before it was payable' } };
  }
  if (order.expiresAtMs <= nowMs) {
    return { do: 'fail', failure: { code: 'expired', message: 'expired before it was payable' } };
  }
  if (order.expiresAtMs - nowMs < SHORTEST_SUBMIT_MS || order.attempts.length >= MAX_ATTEMPTS) {
    return { do: 'wait', untilMs: order.expiresAtMs };
  }
  const retryAtMs = Math.max(nextAttemptAt(order.attempts), noPageBeforeMs);
  return retryAtMs > nowMs ? { do: 'wait', untilMs: Math.min(retryAtMs, order.expiresAtMs) } : { do: 'submit' };
}

function inquiryStep(order: PlannedPayment, nowMs: number): Extract<PaymentStep, { do: 'inquire' | 'wait' }> {
  const open = order.attempts.filter((attempt) => !attempt.over);
  const due = open
    .map((attempt) => ({ attempt, atMs: inquireAt(order, attempt, nowMs) }))
    .sort((a, b) => a.atMs - b.atMs);
  const first = due[0];
  if (first && first.atMs <= nowMs) {
    return { do: 'inquire', attemptId: first.attempt.id, closeFirst: wantsClose(order, first.attempt, nowMs) };
  }
  const paged = order.attempts.findLast((attempt) => attempt.state === 'payable');
  const recheckAtMs = paged ? nextRecheckAt(order, paged) : null;
  if (paged && recheckAtMs !== null && recheckAtMs <= nowMs) {
    return { do: 'inquire', attemptId: paged.id, closeFirst: false };
  }
  return { do: 'wait', untilMs: earliest(first?.atMs ?? null, recheckAtMs) };
}

/** A page that must not be paid any more is closed at Lakala before it is asked about. */
function wantsClose(order: PlannedPayment, attempt: PlannedAttempt, nowMs: number): boolean {
  const unwanted = attempt.state === 'abandoned' || order.status !== 'processing';
  return unwanted || order.closeRequestedAtMs !== null || order.expiresAtMs <= nowMs;
}

function inquireAt(order: PlannedPayment, attempt: PlannedAttempt, nowMs: number): number {
  const last = attempt.lastInquiredAtMs;
  if (attempt.hintedAtMs !== null && (last === null || last < attempt.hintedAtMs)) return attempt.hintedAtMs;
  if (wantsClose(order, attempt, nowMs)) {
    const sinceMs = unwantedSince(order, attempt, nowMs);
    return last === null || last < sinceMs ? sinceMs : askAgainAt(last, sinceMs, WHILE_IN_DOUBT, attempt.jitter);
  }
  const nextMs = askAgainAt(last ?? attempt.begunAtMs, attempt.begunAtMs, WHILE_PAYABLE, attempt.jitter);
  // An open page's next question may be minutes ahead when it expires; its end is not to wait for that.
  return Math.min(nextMs, order.expiresAtMs);
}

function unwantedSince(order: PlannedPayment, attempt: PlannedAttempt, nowMs: number): number {
  if (attempt.state === 'abandoned') return attempt.begunAtMs;
  const reasons = [order.closeRequestedAtMs, order.expiresAtMs].filter((atMs) => atMs !== null && atMs <= nowMs);
  return reasons.length > 0 ? Math.min(...(reasons as number[])) : attempt.begunAtMs;
}

function nextRecheckAt(order: PlannedPayment, paged: PlannedAttempt): number | null {
  const after = RECHECKS_MS[order.rechecks];
  if (order.status !== 'failed' || order.failedAtMs === null || after === undefined) return null;
  const plannedMs = order.failedAtMs + after;
  const last = paged.lastInquiredAtMs;
  return last === null || last < plannedMs ? plannedMs : askAgainAt(last, plannedMs, WHILE_IN_DOUBT, paged.jitter);
}

/** A second at first, a minute at most. */
function nextAttemptAt(attempts: readonly PlannedAttempt[]): number {
  const last = attempts.at(-1);
  if (!last) return Number.NEGATIVE_INFINITY;
  return last.begunAtMs + Math.min(LONGEST_RETRY_MS, 1_000 * 2 ** (attempts.length - 1));
}

function trailingRefusals(attempts: readonly PlannedAttempt[]): NonNullable<PlannedAttempt['refusal']>[] {
  const sinceLastOther = attempts.slice(attempts.findLastIndex((attempt) => attempt.state !== 'refused') + 1);
  return sinceLastOther.flatMap((attempt) => attempt.refusal ?? []);
}

function earliest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
