import type { AnomalyFinding, CarriedOutRefund, Failure, RefundAnswer, RefundAnswerSource } from './gateway-answer.js';
import type { RefundStatus } from './refund-moves.js';

/** The same signed code this often on one refund is no answer: an operator must look. */
export const REFUSALS_UNTIL_UNCLEAR = 3;

export interface RefundBefore {
  id: string;
  status: RefundStatus;
  /** How often the request may have left us: counted and committed before each send. */
  sends: number;
  /** The last signed refusal that proved nothing, and how often in a row it came. */
  refusalCode: string | null;
  refusals: number;
}

export type RefundMove = ({ to: 'succeeded' } & CarriedOutRefund) | { to: 'failed'; failure: Failure };

export interface RefundResolution {
  move: RefundMove | null;
  /** The gateway's own state where it knows the refund: it must be asked about, and never sent again. */
  gatewayState: string | null;
  refusal: { code: string; times: number } | null;
  anomalies: readonly AnomalyFinding[];
}

/** The one place that decides what the gateway's word does to a refund. */
export function resolveRefund(
  refund: RefundBefore,
  source: RefundAnswerSource,
  answer: RefundAnswer,
): RefundResolution {
  const unchanged: RefundResolution = { move: null, gatewayState: null, refusal: null, anomalies: [] };
  if (refund.status !== 'processing') return { ...unchanged, anomalies: contradictions(refund, answer) };
  switch (answer.outcome) {
    case 'refunded': {
      const { tradeNo, logNo, refundedAt } = answer;
      return { ...unchanged, move: { to: 'succeeded', tradeNo, logNo, refundedAt } };
    }
    case 'failed':
      // An answer to the request may belong to any of its sends; only with one send does it speak of this one.
      if (source === 'refund' && refund.sends > 1) return { ...unchanged, gatewayState: 'FAIL' };
      return { ...unchanged, move: refusedMove(answer) };
    case 'refused':
      return resolveRefused(refund, source, answer, unchanged);
    case 'in_progress':
      return { ...unchanged, gatewayState: answer.state };
    case 'unclear':
      return { ...unchanged, gatewayState: answer.state, anomalies: [unclear(refund, `state ${answer.state}`)] };
    case 'unknown':
      return unchanged;
    default:
      return answer satisfies never;
  }
}

/** An operator may have said that it failed, while a call was still under way that the gateway carried out. */
function contradictions(refund: RefundBefore, answer: RefundAnswer): AnomalyFinding[] {
  if (refund.status !== 'failed' || answer.outcome !== 'refunded') return [];
  const detail = `refund ${refund.id} is failed in our books, and Lakala carried it out as trade ${answer.tradeNo}`;
  return [{ kind: 'refunded_elsewhere', key: `refunded_elsewhere:${refund.id}`, detail }];
}

function resolveRefused(
  refund: RefundBefore,
  source: RefundAnswerSource,
  answer: Extract<RefundAnswer, { outcome: 'refused' }>,
  unchanged: RefundResolution,
): RefundResolution {
  // For a query, a code other than success says nothing about the refund (docs/lakala.md, refund query).
  if (source === 'refund_query') return unchanged;
  if (answer.definite && refund.sends === 1) return { ...unchanged, move: refusedMove(answer) };
  const times = refund.refusalCode === answer.code ? refund.refusals + 1 : 1;
  const anomalies = times >= REFUSALS_UNTIL_UNCLEAR ? [unclear(refund, `code ${answer.code}`)] : [];
  return { ...unchanged, refusal: { code: answer.code, times }, anomalies };
}

function refusedMove(answer: { code: string; message: string }): RefundMove {
  return { to: 'failed', failure: { code: 'refused', message: `Lakala: ${answer.code} ${answer.message}`.trim() } };
}

function unclear(refund: RefundBefore, what: string): AnomalyFinding {
  const detail = `Lakala answers refund ${refund.id} with ${what}, which proves neither success nor failure`;
  return { kind: 'refund_unclear', key: unclearKey(refund.id), detail };
}

/** The key of the anomaly that says a refund is unclear. */
export function unclearKey(refundId: string): string {
  return `refund_unclear:${refundId}`;
}
