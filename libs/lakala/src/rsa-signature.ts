import { verify } from 'node:crypto';
import type { PlatformCertificate } from './platform-certificates.js';

/** Whether this Base64 signature over these bytes is the certificate's: SHA256withRSA, PKCS#1 v1.5. */
export function isSignedBy(certificate: PlatformCertificate, text: Buffer, signature: string): boolean {
  const bytes = Buffer.from(signature, 'base64');
  // Node's decoder skips what is not Base64; only the one canonical spelling counts here.
  return bytes.toString('base64') === signature && verify('sha256', text, certificate.publicKey, bytes);
}
