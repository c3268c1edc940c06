/** Why a message is not believed; stable, for counters and logs. */
export type SignatureErrorCode =
  | 'missing_header'
  | 'malformed_header'
  | 'unknown_certificate'
  | 'bad_signature'
  | 'stale_timestamp';

/** Thrown where a message is not proven to be Lakala's. Its text never holds a byte of the message. */
export class SignatureError extends Error {
  override readonly name = 'SignatureError';

  constructor(
    readonly code: SignatureErrorCode,
    detail: string,
  ) {
    super(detail);
  }
}
