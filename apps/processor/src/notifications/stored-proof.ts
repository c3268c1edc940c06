import type { StoredNotification } from '#domain/entities/notification.entity.js';
import type { PlatformCertificates } from '#lakala/platform-certificates.js';
import { isSignedBy } from '#lakala/rsa-signature.js';

/** A timestamp and a nonce, each with its line feed: nothing that could be part of a body. */
const PREFIX = /^\d{1,12}\n[\x21\x23-\x7e]{1,256}\n$/;

/**
 * Whether a message of the inbox is Lakala's word. The inbox is written by the API, which faces the public and may end
 * no order: so only what verifies here and now, with a certificate that is trusted now, is believed.
 */
export function isProven(
  { raw, signedTextPrefix, signature }: StoredNotification,
  certificates: PlatformCertificates,
): boolean {
  if (!PREFIX.test(signedTextPrefix)) return false;
  const text = Buffer.concat([Buffer.from(signedTextPrefix), raw, Buffer.from('\n')]);
  return certificates.all.some((certificate) => isSignedBy(certificate, text, signature));
}
