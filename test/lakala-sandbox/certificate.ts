import { createPublicKey, randomBytes, sign, type KeyObject } from 'node:crypto';

/** What a certificate says about its holder. */
export interface Subject {
  country: string;
  organization: string;
  commonName: string;
}

const OID_COMMON_NAME = [0x55, 0x04, 0x03];
const OID_COUNTRY = [0x55, 0x04, 0x06];
const OID_ORGANIZATION = [0x55, 0x04, 0x0a];
const OID_SHA256_WITH_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const OID_BASIC_CONSTRAINTS = [0x55, 0x1d, 0x13];
const OID_KEY_USAGE = [0x55, 0x1d, 0x0f];

function der(tag: number, ...contents: Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.from(body.length.toString(16).padStart(body.length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}

const sequence = (...items: Uint8Array[]): Buffer => der(0x30, ...items);
const oid = (bytes: number[]): Buffer => der(0x06, Buffer.from(bytes));
const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text, 'utf8'));
const printable = (text: string): Buffer => der(0x13, Buffer.from(text, 'ascii'));
const bitString = (bytes: Uint8Array, unusedBits = 0): Buffer => der(0x03, Buffer.from([unusedBits]), bytes);
const attribute = (type: number[], value: Buffer): Buffer => der(0x31, sequence(oid(type), value));

/** RFC 5280: two-digit years up to 2049, four digits from then on. */
function time(at: Date): Buffer {
  const text = `${at.toISOString().replace(/\D/g, '').slice(0, 14)}Z`;
  return at.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text));
}

function name(subject: Subject): Buffer {
  return sequence(
    attribute(OID_COUNTRY, printable(subject.country)),
    attribute(OID_ORGANIZATION, utf8(subject.organization)),
    attribute(OID_COMMON_NAME, utf8(subject.commonName)),
  );
}

/** An end-entity certificate that may sign, as Lakala's own says of itself. */
function extensions(): Buffer {
  const critical = der(0x01, Buffer.from([0xff]));
  const basicConstraints = sequence(oid(OID_BASIC_CONSTRAINTS), critical, der(0x04, sequence()));
  const keyUsage = sequence(oid(OID_KEY_USAGE), critical, der(0x04, bitString(Buffer.from([0x80]), 7)));
  return der(0xa3, sequence(basicConstraints, keyUsage));
}

/** Six bytes that begin with 01, so that the hex form has a leading zero to lose, as the real platform's has. */
function newSerial(): Buffer {
  return Buffer.concat([Buffer.from([0x01]), randomBytes(5)]);
}

/** A self-signed X.509 v3 certificate (PEM) of an RSA key, valid for ten years from the day before `now`. */
export function selfSignedCertificate(privateKey: KeyObject, subject: Subject, now: Date): string {
  const from = new Date(now.getTime() - 86_400_000);
  const until = new Date(from);
  until.setUTCFullYear(from.getUTCFullYear() + 10);
  const algorithm = sequence(oid(OID_SHA256_WITH_RSA), der(0x05));
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, newSerial()),
    algorithm,
    name(subject),
    sequence(time(from), time(until)),
    name(subject),
    publicKey,
    extensions(),
  );
  const certificate = sequence(toBeSigned, algorithm, bitString(sign('sha256', toBeSigned, privateKey)));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
