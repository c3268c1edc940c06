import type { EntityManager } from 'typeorm';
import type { Evidence } from '../entities/evidence.js';

interface Ended {
  subjectId: string;
  subject: 'payment' | 'refund';
  status: 'succeeded' | 'failed';
  /** Fen. */
  amount: number;
}

/** Keeps the gateway's signed word as the proof of an end. `attemptId`: of a payment, the attempt it speaks of. */
export async function recordGatewayOutcome(
  em: EntityManager,
  ended: Ended,
  attemptId: string | null,
  evidence: Evidence,
): Promise<void> {
  await em.query(
    `INSERT INTO outcomes (subject_id, subject, status, amount, proof, attempt_id, source, raw, signed_text_prefix,
       signature, certificate)
     VALUES ($1, $2, $3, $4, 'gateway', $5, $6, $7, $8, $9, $10)`,
    [
      ended.subjectId,
      ended.subject,
      ended.status,
      ended.amount,
      attemptId,
      evidence.source,
      evidence.raw,
      evidence.signedTextPrefix,
      evidence.signature,
      evidence.certificate,
    ],
  );
}

/** Keeps why a payment failed that no payer ever had a page of. */
export async function recordNeverPayable(
  em: EntityManager,
  paymentOrderId: string,
  amount: number,
  reason: string,
): Promise<void> {
  await em.query(
    `INSERT INTO outcomes (subject_id, subject, status, amount, proof, reason)
     VALUES ($1, 'payment', 'failed', $2, 'never_payable', $3)`,
    [paymentOrderId, amount, reason],
  );
}

/** Keeps an operator's word as the proof of a refund's end that the gateway never made clear. */
export async function recordOperatorOutcome(
  em: EntityManager,
  ended: Ended & { subject: 'refund' },
  decisionId: string,
  reason: string,
): Promise<void> {
  await em.query(
    `INSERT INTO outcomes (subject_id, subject, status, amount, proof, decision_id, reason)
     VALUES ($1, $2, $3, $4, 'operator', $5, $6)`,
    [ended.subjectId, ended.subject, ended.status, ended.amount, decisionId, reason],
  );
}
