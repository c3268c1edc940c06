import { sign, verify, type KeyObject } from 'node:crypto';
import { randomLetters } from './random.ts';

/** The attributes of a request's `Authorization` header. */
export interface RequestAuthorization {
  appid: string;
  serialNo: string;
  timestamp: string;
  nonce: string;
  signature: string;
}

const SCHEME = 'LKLAPI-SHA256withRSA';
const NONCE_LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A nonce in the platform's form: 12 of `[0-9A-Za-z]`. */
export function newNonce(): string {
  return randomLetters(12, NONCE_LETTERS);
}

function signedText(lines: readonly string[], body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(lines.map((line) => `${line}\n`).join('')), body, Buffer.from('\n')]);
}

/** Off the event loop: a signature takes about a millisecond, and answers come in hundreds. */
function signText(text: Buffer, key: KeyObject): Promise<string> {
  return new Promise((resolve, reject) => {
    sign('sha256', text, key, (error, signature) => {
      if (error === null) resolve(signature.toString('base64'));
      else reject(error);
    });
  });
}

/** Reads a request's header; null when it is not one of this scheme with all five attributes. */
export function parseRequestAuthorization(header: string | undefined): RequestAuthorization | null {
  if (header === undefined || !header.startsWith(`${SCHEME} `)) return null;
  const found = new Map<string, string>();
  for (const match of header.slice(SCHEME.length).matchAll(/\s*([a-z_]+)="([^"]*)"\s*(?:,|$)/g)) {
    found.set(match[1] ?? '', match[2] ?? '');
  }
  const [appid, serialNo, timestamp, nonce, signature] = [
    'appid',
    'serial_no',
    'timestamp',
    'nonce_str',
    'signature',
  ].map((attribute) => found.get(attribute));
  if (!appid || !serialNo || !timestamp || !nonce || !signature) return null;
  return { appid, serialNo, timestamp, nonce, signature };
}

/** Whether the merchant's key made this signature over exactly these bytes. */
export function requestSignatureHolds(
  authorization: RequestAuthorization,
  body: Buffer,
  merchantKey: KeyObject,
): boolean {
  const { appid, serialNo, timestamp, nonce, signature } = authorization;
  const text = signedText([appid, serialNo, timestamp, nonce], body);
  return verify('sha256', text, merchantKey, Buffer.from(signature, 'base64'));
}

/** The base64 signature of an answer: appid, serial, timestamp, nonce and body, one a line. */
export function signAnswer(
  values: { appid: string; serial: string; timestamp: string; nonce: string },
  body: Buffer,
  platformKey: KeyObject,
): Promise<string> {
  return signText(signedText([values.appid, values.serial, values.timestamp, values.nonce], body), platformKey);
}

/** The `Authorization` header of a notification: timestamp, nonce and body, one a line; no appid, no serial. */
export async function notificationAuthorization(
  timestamp: string,
  body: Buffer,
  platformKey: KeyObject,
): Promise<string> {
  const nonce = newNonce();
  const signature = await signText(signedText([timestamp, nonce], body), platformKey);
  return `${SCHEME} timestamp="${timestamp}",nonce_str="${nonce}",signature="${signature}"`;
}
