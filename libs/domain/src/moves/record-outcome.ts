import type { EntityManager } from 'typeorm';
import type { Evidence } from '../entities/evidence.js';

/** What proves an end: the gateway's signed word (of a payment, about one attempt), no page ever, or an operator's word. */
export type Proof =
  | { by: 'gateway'; attemptId: string | null; evidence: Evidence }
  | { by: 'never_payable'; reason: string }
  | { by: 'operator'; decisionId: string; reason: string };

/** The end of an order or refund, with its proof. */
export interface NewOutcome {
  subjectId: string;
  subject: 'payment' | 'refund';
  status: 'succeeded' | 'failed';
  /** Fen. */
  amount: number;
  proof: Proof;
}

/** Keeps the proofs of ends, each of which must be there before its order or refund moves. */
export async function recordOutcomes(em: EntityManager, outcomes: readonly NewOutcome[]): Promise<void> {
  await em.query(
    `INSERT INTO outcomes (subject_id, subject, status, amount, proof, attempt_id, source, raw, signed_text_prefix,
       signature, certificate, reason, decision_id)
     SELECT "subjectId", subject, status, amount, by, "attemptId", source, decode(raw, 'base64'), "signedTextPrefix",
       signature, certificate, reason, "decisionId"
     FROM json_to_recordset($1::json) AS ended("subjectId" uuid, subject text, status text, amount bigint, by text,
       "attemptId" uuid, source text, raw text, "signedTextPrefix" text, signature text, certificate text, reason text,
       "decisionId" uuid)`,
    [JSON.stringify(outcomes.map(rowOf))],
  );
}

function rowOf({ proof, ...ended }: NewOutcome): object {
  if (proof.by !== 'gateway') return { ...ended, ...proof };
  const { source, raw, signedTextPrefix, signature, certificate } = proof.evidence;
  const { by, attemptId } = proof;
  return { ...ended, by, attemptId, source, raw: raw.toString('base64'), signedTextPrefix, signature, certificate };
}
