import { verify, X509Certificate } from 'node:crypto';
import type { Outcome } from '#domain/entities/outcome.entity.js';
import { iso, yuan } from '../terminal/values.js';

/** A signed message of Lakala's, as a row keeps it; all null where the row was written without one. */
export interface KeptMessage {
  raw: Buffer | null;
  signedTextPrefix: string | null;
  signature: string | null;
  certificate: string | null;
}

/** When it was signed, by which certificate, and whether the kept bytes still verify with it. */
export function signatureView(kept: KeptMessage) {
  return {
    signed_at: signedAt(kept.signedTextPrefix),
    signature: signatureState(kept),
    certificate_sha256: certificateOf(kept)?.fingerprint256 ?? null,
  };
}

/**
 * What proves an end, without the signed message itself, which names the payer. `signature` says whether the kept bytes
 * still verify with the kept certificate.
 */
export function proofView(outcome: Outcome) {
  const { subject, status, amount, proof, source, reason, attemptId, recordedAt } = outcome;
  return {
    subject,
    subject_id: outcome.subjectId,
    status,
    amount,
    amount_yuan: yuan(amount),
    proof,
    source,
    reason,
    attempt_id: attemptId,
    decision_id: outcome.decisionId,
    ...signatureView(outcome),
    recorded_at: iso(recordedAt),
  };
}

function signatureState(kept: KeptMessage): 'valid' | 'INVALID' | null {
  const { raw, signature, signedTextPrefix } = kept;
  if (raw === null || signature === null || signedTextPrefix === null) return null;
  const certificate = certificateOf(kept);
  if (certificate === null) return 'INVALID';
  const signedText = Buffer.concat([Buffer.from(signedTextPrefix), raw, Buffer.from('\n')]);
  const holds = verify('RSA-SHA256', signedText, certificate.publicKey, Buffer.from(signature, 'base64'));
  return holds ? 'valid' : 'INVALID';
}

function certificateOf({ certificate }: KeptMessage): X509Certificate | null {
  if (certificate === null) return null;
  try {
    return new X509Certificate(certificate);
  } catch {
    // A damaged row is what an operator looks for: shown as a signature that does not hold, not as a crash.
    return null;
  }
}

/** The time is the line before the nonce: of two lines in a notification, of four in an answer (lakala.md, signatures). */
function signedAt(prefix: string | null): string | null {
  const seconds = Number(prefix?.split('\n').at(-3));
  return Number.isSafeInteger(seconds) && seconds > 0 ? new Date(seconds * 1000).toISOString() : null;
}
