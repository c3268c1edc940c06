import type { PlatformCertificate, PlatformCertificates } from './platform-certificates.js';
import { isSignedBy } from './rsa-signature.js';
import { SignatureError } from './signature-error.js';
import { isSignedValue, isUnixSeconds, signedText } from './signed-text.js';

/** HTTP headers as Node and undici give them. */
export type HeaderBag = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What the headers of a verified answer said, and whose key proved it. */
export interface VerifiedAnswer {
  readonly timestampSeconds: number;
  readonly nonce: string;
  readonly serial: string;
  readonly appid: string;
  readonly certificate: PlatformCertificate;
}

/**
 * Verifies the raw bytes of an answer against its `Lklapi-*` headers: five signed lines, the certificate chosen by
 * serial (docs/lakala.md, "Signatures"). Throws SignatureError. Says nothing about which request it answers, nor how
 * old it is: the caller compares order number, merchant and amount, and judges the timestamp.
 */
export function verifyAnswer(
  headers: HeaderBag,
  rawBody: Uint8Array,
  certificates: PlatformCertificates,
): VerifiedAnswer {
  const appid = signedHeader(headers, 'Lklapi-Appid');
  const serial = signedHeader(headers, 'Lklapi-Serial');
  const timestamp = signedHeader(headers, 'Lklapi-Timestamp');
  const nonce = signedHeader(headers, 'Lklapi-Nonce');
  const signature = onlyHeader(headers, 'Lklapi-Signature');
  if (!isUnixSeconds(timestamp)) {
    throw new SignatureError('malformed_header', 'Lklapi-Timestamp is not a Unix time');
  }
  const certificate = certificates.find(serial);
  if (!certificate) {
    throw new SignatureError('unknown_certificate', 'Lklapi-Serial names no trusted certificate');
  }
  if (!isSignedBy(certificate, signedText([appid, serial, timestamp, nonce], rawBody), signature)) {
    throw new SignatureError('bad_signature', 'the answer is not signed by the certificate it names');
  }
  return { timestampSeconds: Number(timestamp), nonce, serial, appid, certificate };
}

function signedHeader(headers: HeaderBag, name: string): string {
  const value = onlyHeader(headers, name);
  if (!isSignedValue(value)) {
    throw new SignatureError('malformed_header', `${name} has characters that do not belong there`);
  }
  return value;
}

/** The header's one value, without the double quotes some answers wrap it in. */
function onlyHeader(headers: HeaderBag, name: string): string {
  const values = Object.entries(headers)
    .filter(([key]) => key.toLowerCase() === name.toLowerCase())
    .flatMap(([, value]) => value ?? []);
  const [value, second] = values;
  if (value === undefined) {
    throw new SignatureError('missing_header', `${name} is missing`);
  }
  if (second !== undefined) {
    throw new SignatureError('malformed_header', `${name} is there more than once`);
  }
  return value.trim().replace(/^"(.*)"$/s, '$1');
}
