import type { Outcome } from '#domain/entities/outcome.entity.js';
import type { EvidenceSource } from '#domain/entities/evidence.js';
import { proofView } from '../orders/proof.js';
import { chinaTime, plain } from './line.js';

const SOURCES: Readonly<Record<EvidenceSource, string>> = {
  notification: "Lakala's signed notification",
  query: "Lakala's signed answer to our question",
  refund: "Lakala's signed answer to the refund",
  refund_query: "Lakala's signed answer to our question about the refund",
};

/** By what an end is proven, as the second half of a sentence. */
export function proofText(outcome: Outcome | undefined): string {
  if (outcome === undefined) return 'WITHOUT A PROOF in our books';
  if (outcome.proof === 'never_payable') {
    return `proven by our books: no page of it was ever handed out (${plain(outcome.reason ?? '')})`;
  }
  if (outcome.proof !== 'gateway') return `proven by ${plain(outcome.proof)}`;
  const { signed_at: signedAt, signature } = proofView(outcome);
  const source = SOURCES[outcome.source as EvidenceSource] ?? plain(outcome.source ?? '');
  const when = signedAt === null ? '' : ` of ${chinaTime(new Date(signedAt))}`;
  const holds = signature === 'valid' ? 'its signature holds' : 'its signature DOES NOT HOLD';
  return `proven by ${source}${when} (${holds})`;
}
