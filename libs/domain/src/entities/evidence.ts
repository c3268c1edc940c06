/** Which signed message it was. */
export type EvidenceSource = 'notification' | 'query' | 'refund' | 'refund_query';

/** The gateway's signed word, kept so that anybody can verify it again: sign(prefix + raw + "\n"). */
export interface Evidence {
  source: EvidenceSource;
  /** The exact bytes of the body. */
  raw: Buffer;
  /** The signed lines before the body, each with its line feed. */
  signedTextPrefix: string;
  /** Base64. */
  signature: string;
  /** The platform certificate that verified it, PEM. */
  certificate: string;
  /** Seconds since 1970: the time the gateway signed it with. */
  timestampSeconds: number;
}
