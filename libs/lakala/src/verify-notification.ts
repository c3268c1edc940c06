import { authorizationAttributes } from './authorization-attributes.js';
import type { PlatformCertificate, PlatformCertificates } from './platform-certificates.js';
import { isSignedBy } from './rsa-signature.js';
import { SignatureError } from './signature-error.js';
import { isSignedValue, isUnixSeconds, signedText } from './signed-text.js';

/** When a notification is still fresh. Lakala names no figure; five minutes is said unofficially (confidence D). */
export interface FreshnessRule {
  readonly nowSeconds: number;
  readonly maxSkewSeconds: number;
}

/** What the header of a verified notification said, and whose key proved it. */
export interface VerifiedNotification {
  readonly timestampSeconds: number;
  readonly nonce: string;
  readonly signature: string;
  readonly certificate: PlatformCertificate;
}

/**
 * Verifies the raw bytes of a notification against its `Authorization` header: three signed lines, every trusted
 * certificate tried, since the header names none (docs/lakala.md, "Signatures"). Throws SignatureError;
 * `stale_timestamp` only of a genuine signature, so that it points at a clock and not at a forger.
 */
export function verifyNotification(
  authorizationHeader: string | undefined,
  rawBody: Uint8Array,
  certificates: PlatformCertificates,
  freshness: FreshnessRule,
): VerifiedNotification {
  const attributes = authorizationAttributes(authorizationHeader);
  const timestamp = attribute(attributes, 'timestamp');
  const nonce = attribute(attributes, 'nonce_str');
  const signature = attribute(attributes, 'signature');
  if (!isUnixSeconds(timestamp) || !isSignedValue(nonce)) {
    throw new SignatureError('malformed_header', 'timestamp or nonce_str has characters that do not belong there');
  }
  const text = signedText([timestamp, nonce], rawBody);
  const certificate = certificates.all.find((candidate) => isSignedBy(candidate, text, signature));
  if (!certificate) {
    throw new SignatureError('bad_signature', 'the notification is not signed by a trusted certificate');
  }
  const timestampSeconds = Number(timestamp);
  // Written so that a NaN from a broken clock or setting refuses too.
  if (!(Math.abs(freshness.nowSeconds - timestampSeconds) <= freshness.maxSkewSeconds)) {
    throw new SignatureError('stale_timestamp', 'the notification was signed too long ago, or in the future');
  }
  return { timestampSeconds, nonce, signature, certificate };
}

function attribute(attributes: ReadonlyMap<string, string>, name: string): string {
  const value = attributes.get(name);
  if (!value) {
    throw new SignatureError('malformed_header', `Authorization has no ${name}`);
  }
  return value;
}
