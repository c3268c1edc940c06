import { askAgainAt, WHILE_REFUNDING } from './ask-again.js';
import type { RefundStatus } from './refund-moves.js';

/** Lakala asks to wait this long before a question about a refund whose answer is lost (docs/lakala.md, refund). */
export const FIRST_QUESTION_MS = 30_000;
/** Sent this often without an answer that knows it, a refund is only asked about: an operator must look. */
export const MAX_SENDS = 20;

export interface PlannedRefund {
  status: RefundStatus;
  sends: number;
  lastSentAtMs: number | null;
  lastAskedAtMs: number | null;
  /** Signed answers to questions since the last send that did not know the refund. */
  unknownSinceSend: number;
  /** The gateway's own state once it knows the refund. */
  gatewayState: string | null;
  /** The app's operator may forbid to send a number twice. */
  mayResend: boolean;
}

export type RefundStep = { do: 'send' } | { do: 'ask' } | { do: 'wait'; untilMs: number | null };

/**
 * What the holder of a refund's lease does next. Money may have moved once it was sent: so first a question, and only
 * where a signed answer does not know the number, the same request again under the same number.
 */
export function nextRefundStep(refund: PlannedRefund, nowMs: number, jitter: number): RefundStep {
  if (refund.status === 'pending') return { do: 'send' };
  if (refund.status !== 'processing') return { do: 'wait', untilMs: null };
  const sentAtMs = refund.lastSentAtMs ?? nowMs;
  if (refund.gatewayState === null && refund.unknownSinceSend > 0 && refund.mayResend && refund.sends < MAX_SENDS) {
    return { do: 'send' };
  }
  const askAtMs = questionAt(refund, sentAtMs, jitter);
  return askAtMs <= nowMs ? { do: 'ask' } : { do: 'wait', untilMs: askAtMs };
}

function questionAt(refund: PlannedRefund, sentAtMs: number, jitter: number): number {
  if (refund.lastAskedAtMs !== null && refund.lastAskedAtMs >= sentAtMs) {
    return askAgainAt(refund.lastAskedAtMs, sentAtMs, WHILE_REFUNDING, jitter);
  }
  return sentAtMs + (refund.gatewayState === null ? FIRST_QUESTION_MS : WHILE_REFUNDING.atLeastMs);
}
