import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import {
  createAnswer2024,
  notification2021,
  notification2025,
  testPlatformPem,
} from '../../../test/fixtures/lakala-vectors/real-messages.js';
import { selfSignedCertificate } from '../../../test/fixtures/lakala-vectors/self-signed-certificate.js';
import { PlatformCertificates } from './platform-certificates.js';
import { SignatureError } from './signature-error.js';
import { verifyNotification } from './verify-notification.js';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ownPem = selfSignedCertificate(pair.publicKey, pair.privateKey, '0abc');
const real = PlatformCertificates.fromPem(testPlatformPem);
const { authorization, body } = notification2025;
const SIGNED_AT = 1741694218;

function verdict(header: string | undefined, raw: Buffer = body, nowSeconds = SIGNED_AT, certificates = real): string {
  try {
    verifyNotification(header, raw, certificates, { nowSeconds, maxSkewSeconds: 300 });
  } catch (error) {
    if (error instanceof SignatureError) return error.code;
    throw error;
  }
  return 'verified';
}

/** The header with the lowest bit of each character of one attribute flipped, one at a time. */
function variations(header: string, attribute: string): string[] {
  const [before = '', value = '', after = ''] = header.split(new RegExp(`(?<=${attribute}=")([^"]*)(?=")`));
  return [...value].map((character, position) => {
    const changed = String.fromCharCode(character.charCodeAt(0) ^ 1);
    return before + value.slice(0, position) + changed + value.slice(position + 1) + after;
  });
}

const notifications = [
  { name: '2021', message: notification2021, signedAt: 1630905585 },
  { name: '2025', message: notification2025, signedAt: SIGNED_AT },
];

describe.each(notifications)('verifyNotification of the real message of $name', ({ message, signedAt }) => {
  it('verifies it', () => {
    const freshness = { nowSeconds: signedAt + 5, maxSkewSeconds: 300 };
    const verified = verifyNotification(message.authorization, message.body, real, freshness);
    expect(verified).toMatchObject({ timestampSeconds: signedAt, certificate: real.all[0] });
    expect(message.authorization).toContain(`nonce_str="${verified.nonce}",signature="${verified.signature}"`);
  });

  it('refuses it with any bit of its body changed', () => {
    for (let position = 0; position < message.body.length; position += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const changed = Buffer.from(message.body);
        changed[position] = (changed[position] ?? 0) ^ (1 << bit);
        expect(verdict(message.authorization, changed, signedAt)).toBe('bad_signature');
      }
    }
  });

  it.each(['timestamp', 'nonce_str', 'signature'])('refuses it with any character of %s changed', (attribute) => {
    const headers = variations(message.authorization, attribute);
    expect(headers.length).toBeGreaterThan(9);
    for (const header of headers) {
      expect(header).not.toBe(message.authorization);
      expect(verdict(header, message.body, signedAt)).not.toBe('verified');
    }
  });
});

describe('verifyNotification', () => {
  it('reads attributes in any order, with or without spaces, and past unknown ones', () => {
    const [, timestamp, nonce, signature] = /(timestamp=.*),(nonce_str=.*),(signature=.*)/.exec(authorization) ?? [];
    for (const header of [
      `LKLAPI-SHA256withRSA ${signature},${timestamp},${nonce}`,
      `LKLAPI-SHA256withRSA  ${nonce}, ${signature} ,  ${timestamp} `,
      `lklapi-sha256withrsa appid="OP00000003",${timestamp}, ${nonce}, ${signature}, serial_no="1"`,
      `LKLAPI-SHA256withRSA ${timestamp},${nonce?.replaceAll('"', '')},${signature}`,
    ]) {
      expect(verdict(header)).toBe('verified');
    }
  });

  it('refuses a header that is missing, of another scheme, broken or doubled', () => {
    expect(verdict(undefined)).toBe('missing_header');
    expect(verdict('')).toBe('missing_header');
    for (const header of [
      'Bearer abc',
      'LKLAPI-SHA256withRSA ',
      authorization.replace('timestamp', 'timestomp'),
      authorization.replace('timestamp="1741694218"', 'timestamp=""'),
      authorization.replace('",nonce_str', '" nonce_str'),
      `${authorization},timestamp="1741694218"`,
      `${authorization} rubbish`,
    ]) {
      expect(verdict(header)).toBe('malformed_header');
    }
  });

  it('refuses a genuine one outside the window, on either side, and only there', () => {
    expect(verdict(authorization, body, SIGNED_AT + 300)).toBe('verified');
    expect(verdict(authorization, body, SIGNED_AT - 300)).toBe('verified');
    expect(verdict(authorization, body, SIGNED_AT + 301)).toBe('stale_timestamp');
    expect(verdict(authorization, body, SIGNED_AT - 301)).toBe('stale_timestamp');
    expect(verdict(authorization, body, Number.NaN)).toBe('stale_timestamp');
  });

  it('calls a forgery a forgery, however old it says it is', () => {
    expect(verdict(authorization.replace('1741694218', '1741694219'), body, 0)).toBe('bad_signature');
  });

  it('tries every trusted certificate, since the header names none', () => {
    const both = PlatformCertificates.fromPem(ownPem + testPlatformPem);
    expect(verdict(authorization, body, SIGNED_AT, both)).toBe('verified');
    expect(verdict(authorization, body, SIGNED_AT, PlatformCertificates.fromPem(ownPem))).toBe('bad_signature');
  });

  it('refuses bytes that wander between nonce and body under one signature', () => {
    const text = Buffer.from('1741694218\nabc\n{"a":1}\n{"b":2}\n');
    const signature = sign('sha256', text, pair.privateKey).toString('base64');
    const own = PlatformCertificates.fromPem(ownPem);
    const wandering = `LKLAPI-SHA256withRSA timestamp="1741694218",nonce_str="abc\n{a:1}",signature="${signature}"`;
    expect(verdict(wandering, Buffer.from('{"b":2}'), SIGNED_AT, own)).toBe('malformed_header');
  });

  it('refuses a genuine answer dressed up as a notification', () => {
    const { headers } = createAnswer2024;
    const raw = Buffer.from(`${headers['Lklapi-Timestamp']}\n${headers['Lklapi-Nonce']}\n${createAnswer2024.body.toString()}`);
    const header =
      `LKLAPI-SHA256withRSA timestamp="${headers['Lklapi-Appid']}",` +
      `nonce_str="${headers['Lklapi-Serial']}",signature="${headers['Lklapi-Signature']}"`;
    expect(verdict(header, raw)).toBe('malformed_header');
  });

  it('throws nothing but SignatureError, whatever the header', () => {
    const pieces = fc.constantFrom('LKLAPI-SHA256withRSA ', 'timestamp=', 'nonce_str=', 'signature=', '"1"', '"', ',', ' ', 'A=');
    const header = fc.oneof(fc.string(), fc.array(pieces).map((parts) => parts.join('')));
    fc.assert(fc.property(header, (text) => expect(verdict(text)).not.toBe('verified')));
  });
});
