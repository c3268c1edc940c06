import type { EntityManager } from 'typeorm';
import type { Anomaly } from '#domain/entities/anomaly.entity.js';
import type { StoredDecision } from '#domain/entities/decision.entity.js';
import { RefundOrder } from '#domain/entities/refund-order.entity.js';
import { serviceNow } from '#domain/moves/locked-payment.js';
import { moveRefund } from '#domain/moves/move-refund.js';
import { resolveAnomaly } from '#domain/moves/resolve-anomaly.js';
import type { WriteBatch } from '#domain/moves/write-batch.js';
import { isFinalRefund } from '#domain/orders/refund-moves.js';
import type { RefundMove } from '#domain/orders/resolve-refund.js';
import type { CarriedOut } from './payment-decisions.js';

/** No send that was counted can still be on its way after this, even from a worker that was paused before its call. */
export const QUIET_MS = 600_000;
const SHORT_WAIT_SECONDS = 10;

/** Ends a refund by an operator's word, where Lakala never made it clear. */
export async function endRefund(
  batch: WriteBatch,
  decision: StoredDecision,
  anomaly: Anomaly,
  reason: string,
): Promise<CarriedOut> {
  if (anomaly.refundOrderId === null) throw new Error(`anomaly ${anomaly.id} names no refund`);
  const { em } = batch;
  const refund = await em.findOneOrFail(RefundOrder, {
    where: { id: anomaly.refundOrderId },
    lock: { mode: 'pessimistic_write' },
  });
  const { id, status: from, appId, amount } = refund;
  if (isFinalRefund(from)) return { result: `not carried out, the refund is ${from}`, moved: [], anomalies: [] };
  const wait = await secondsUntilQuiet(em, refund);
  if (wait > 0) return { result: 'a send may still be under way', moved: [], anomalies: [], waitSeconds: wait };
  const move = moveOf(decision);
  const proof = { by: 'operator', decisionId: decision.id, reason } as const;
  batch.prove({ subjectId: id, subject: 'refund', status: move.to, amount, proof });
  await moveRefund(batch, refund, move);
  await resolveAnomaly(em, { id: anomaly.id }, `the refund ${move.to}, by an operator's word: ${reason}`);
  return { result: `refund ${id} ${move.to}`, moved: [{ kind: 'refund', id, appId, amount, from, to: move.to }], anomalies: [] };
}

async function secondsUntilQuiet(em: EntityManager, { leasedUntil, lastSentAt }: RefundOrder): Promise<number> {
  const nowMs = await serviceNow(em);
  if (leasedUntil !== null && leasedUntil.getTime() > nowMs) return SHORT_WAIT_SECONDS;
  const quietAtMs = (lastSentAt?.getTime() ?? 0) + QUIET_MS;
  return Math.max(0, Math.ceil((quietAtMs - nowMs) / 1_000));
}

/** What an app reads of it; the operator's reason stays with the proof. */
function moveOf({ decision, gatewayRefundId }: StoredDecision): RefundMove {
  if (decision === 'refund_succeeded' && gatewayRefundId !== null) {
    return { to: 'succeeded', tradeNo: gatewayRefundId, logNo: null, refundedAt: null };
  }
  return { to: 'failed', failure: { code: 'refused', message: 'not carried out at Lakala, as an operator found there' } };
}
