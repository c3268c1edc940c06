import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { createAnswer2024, notification2025, testPlatformPem } from '../../../test/fixtures/lakala-vectors/real-messages.js';
import { selfSignedCertificate } from '../../../test/fixtures/lakala-vectors/self-signed-certificate.js';
import { PlatformCertificates } from './platform-certificates.js';
import { SignatureError } from './signature-error.js';
import { verifyAnswer } from './verify-answer.js';

const real = PlatformCertificates.fromPem(testPlatformPem);
const { headers, body } = createAnswer2024;
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const own = PlatformCertificates.fromPem(selfSignedCertificate(pair.publicKey, pair.privateKey, '0abc'));

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof SignatureError) return error.code;
    throw error;
  }
  return 'verified';
}

function verdict(changed: Record<string, string | string[] | undefined>, raw: Buffer = body): string {
  return codeOf(() => verifyAnswer({ ...headers, ...changed }, raw, real));
}

/** The value with the lowest bit of one character flipped. */
function flipped(value: string, position: number): string {
  const bytes = Buffer.from(value);
  bytes[position] = (bytes[position] ?? 0) ^ 1;
  return bytes.toString();
}

describe('verifyAnswer', () => {
  it('verifies the real answer and says what its headers said', () => {
    expect(verifyAnswer(headers, body, real)).toEqual({
      timestampSeconds: 1724902691,
      nonce: '1KMsPLtVSiwI',
      serial: '1745381c327',
      appid: 'OP00000003',
      certificate: real.all[0],
    });
  });

  it('refuses the real answer with any bit of its body changed', () => {
    for (let position = 0; position < body.length; position += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const changed = Buffer.from(body);
        changed[position] = (changed[position] ?? 0) ^ (1 << bit);
        expect(verdict({}, changed)).toBe('bad_signature');
      }
    }
  });

  it('refuses the real answer with a byte added, or the last one gone', () => {
    expect(verdict({}, Buffer.concat([body, Buffer.from('\n')]))).toBe('bad_signature');
    expect(verdict({}, body.subarray(0, -1))).toBe('bad_signature');
  });

  it.each(['Lklapi-Appid', 'Lklapi-Serial', 'Lklapi-Timestamp', 'Lklapi-Nonce', 'Lklapi-Signature'])(
    'refuses the real answer with any character of %s changed, and without it',
    (name) => {
      const value = headers[name] ?? '';
      for (let position = 0; position < value.length; position += 1) {
        expect(verdict({ [name]: flipped(value, position) })).not.toBe('verified');
      }
      expect(verdict({ [name]: undefined })).toBe('missing_header');
    },
  );

  it('finds headers in any case and takes values wrapped in double quotes', () => {
    const entries = Object.entries(headers);
    const quoted = Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), ` "${value}" `]));
    expect(verifyAnswer(quoted, body, real).appid).toBe('OP00000003');
  });

  it('takes a header given as a list of one, refuses one that is there twice', () => {
    const nonce = headers['Lklapi-Nonce'] ?? '';
    expect(verdict({ 'Lklapi-Nonce': [nonce] })).toBe('verified');
    expect(verdict({ 'Lklapi-Nonce': [nonce, nonce] })).toBe('malformed_header');
    expect(verdict({ 'lklapi-nonce': nonce })).toBe('malformed_header');
  });

  it('refuses a serial that no trusted certificate has', () => {
    expect(verdict({ 'Lklapi-Serial': '1745381c328' })).toBe('unknown_certificate');
    expect(codeOf(() => verifyAnswer(headers, body, own))).toBe('unknown_certificate');
  });

  it('refuses a genuine signature spelled in another Base64', () => {
    const signature = headers['Lklapi-Signature'] ?? '';
    expect(verdict({ 'Lklapi-Signature': signature.replaceAll('=', '') })).toBe('bad_signature');
  });

  it('refuses bytes that wander between nonce and body under one signature', () => {
    const text = 'OP\nabc\n1\nnonce\n{"code":"1"}\n{"code":"2"}\n';
    const signed = (nonce: string) => ({
      'Lklapi-Appid': 'OP',
      'Lklapi-Serial': 'abc',
      'Lklapi-Timestamp': '1',
      'Lklapi-Nonce': nonce,
      'Lklapi-Signature': sign('sha256', Buffer.from(text), pair.privateKey).toString('base64'),
    });
    const whole = Buffer.from('{"code":"1"}\n{"code":"2"}');
    expect(codeOf(() => verifyAnswer(signed('nonce'), whole, own))).toBe('verified');
    const rest = Buffer.from('{"code":"2"}');
    expect(codeOf(() => verifyAnswer(signed('nonce\n{"code":"1"}'), rest, own))).toBe('malformed_header');
  });

  it('refuses a genuine notification dressed up as an answer', () => {
    const attributes = notification2025.authorization.matchAll(/(\w+)="([^"]*)"/g);
    const { timestamp = '', nonce_str: nonce = '', signature = '' } = Object.fromEntries(
      [...attributes].map(([, name, value]) => [name, value]),
    ) as Record<string, string>;
    const dressed = { 'Lklapi-Appid': timestamp, 'Lklapi-Serial': '1745381c327', 'Lklapi-Timestamp': nonce };
    expect(verdict({ ...dressed, 'Lklapi-Signature': signature }, notification2025.body)).toBe('malformed_header');
  });

  it('verifies whatever a trusted key signed, and not one byte else', () => {
    const word = fc.stringMatching(/^[0-9A-Za-z]{1,32}$/);
    fc.assert(
      fc.property(word, word, fc.nat(), fc.uint8Array(), fc.nat(), (appid, nonce, seconds, raw, at) => {
        const text = Buffer.concat([Buffer.from(`${appid}\nabc\n${seconds}\n${nonce}\n`), raw, Buffer.from('\n')]);
        const signed = {
          'Lklapi-Appid': appid,
          'Lklapi-Serial': 'abc',
          'Lklapi-Timestamp': String(seconds),
          'Lklapi-Nonce': nonce,
          'Lklapi-Signature': sign('sha256', text, pair.privateKey).toString('base64'),
        };
        expect(verifyAnswer(signed, raw, own).timestampSeconds).toBe(seconds);
        const changed = raw.length === 0 ? Buffer.from('x') : Buffer.from(raw);
        changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ 0x80;
        expect(codeOf(() => verifyAnswer(signed, changed, own))).toBe('bad_signature');
      }),
    );
  });
});
