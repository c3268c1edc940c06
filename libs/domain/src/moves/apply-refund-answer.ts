import type { EntityManager } from 'typeorm';
import type { Evidence } from '../entities/evidence.js';
import type { RefundOrder } from '../entities/refund-order.entity.js';
import type { AnomalyFinding, RefundAnswer, RefundAnswerSource } from '../orders/gateway-answer.js';
import { resolveRefund, unclearKey, type RefundMove, type RefundResolution } from '../orders/resolve-refund.js';
import { moveRefund } from './move-refund.js';
import { recordAnomaly } from './record-anomaly.js';
import type { HeardWord } from './record-word.js';
import { resolveAnomaly } from './resolve-anomaly.js';
import type { WriteBatch } from './write-batch.js';

/** What the gateway said about a refund, what it means, and the signed message that says so. */
export interface RefundWord {
  source: RefundAnswerSource;
  answer: RefundAnswer;
  evidence: Evidence | null;
  /** What was said, for people who ask later. */
  heard: readonly HeardWord[];
}

export interface AppliedRefund {
  move: RefundMove | null;
  anomalies: readonly AnomalyFinding[];
}

/**
 * Applies the gateway's word to a refund order whose row lock the caller holds, in the transaction of its batch. `refund` is
 * brought up to date.
 */
export async function applyRefundAnswer(batch: WriteBatch, refund: RefundOrder, word: RefundWord): Promise<AppliedRefund> {
  const { em } = batch;
  for (const heard of word.heard) batch.hear(refund.id, heard);
  const resolution = resolveRefund(refund, word.source, word.answer);
  await keepWhatWasLearnt(em, refund, resolution, word);
  if (resolution.move) {
    if (word.evidence === null) throw new Error(`refund order ${refund.id} cannot end without the gateway's signed word`);
    const ended = { subjectId: refund.id, subject: 'refund', status: resolution.move.to, amount: refund.amount } as const;
    batch.prove({ ...ended, proof: { by: 'gateway', attemptId: null, evidence: word.evidence } });
    await moveRefund(batch, refund, resolution.move);
    await resolveAnomaly(em, { key: unclearKey(refund.id) }, `Lakala said in the end that it ${resolution.move.to}`);
  }
  const subject = { appId: refund.appId, paymentOrderId: refund.paymentOrderId, refundOrderId: refund.id };
  const anomalies: AnomalyFinding[] = [];
  for (const finding of resolution.anomalies) {
    if ((await recordAnomaly(em, finding, subject, word.evidence)) !== null) anomalies.push(finding);
  }
  return { move: resolution.move, anomalies };
}

async function keepWhatWasLearnt(
  em: EntityManager,
  refund: RefundOrder,
  resolution: RefundResolution,
  { source, answer }: RefundWord,
): Promise<void> {
  const { outcome } = answer;
  const saysNothing = outcome === 'unknown' && answer.signed;
  refund.gatewayState = resolution.gatewayState ?? refund.gatewayState;
  if (source === 'refund_query' && saysNothing) refund.unknownSinceSend += 1;
  if (resolution.refusal) {
    refund.refusalCode = resolution.refusal.code;
    refund.refusals = resolution.refusal.times;
  }
  const unknown = outcome === 'unknown' || outcome === 'unclear' || outcome === 'refused';
  refund.failures = unknown ? refund.failures + 1 : 0;
  refund.lastError = lastErrorOf(answer);
  await em.query(
    `UPDATE refund_orders SET gateway_state = $2, unknown_since_send = $3, refusal_code = $4, refusals = $5,
       failures = $6, last_error = $7 WHERE id = $1`,
    [
      refund.id,
      refund.gatewayState,
      refund.unknownSinceSend,
      refund.refusalCode,
      refund.refusals,
      refund.failures,
      refund.lastError,
    ],
  );
}

function lastErrorOf(answer: RefundAnswer): string | null {
  switch (answer.outcome) {
    case 'unknown':
      return answer.cause;
    case 'unclear':
      return `Lakala answers with state ${answer.state}`;
    case 'refused':
      return `Lakala refused: ${answer.code} ${answer.message}`;
    case 'refunded':
    case 'failed':
    case 'in_progress':
      return null;
    default:
      return answer satisfies never;
  }
}
