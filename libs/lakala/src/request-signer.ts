import { createPrivateKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isSignedValue, signedText } from './signed-text.js';

/** Who signs: the account at Lakala, the serial number exactly as Lakala issued it, and the key that belongs to it. */
export interface RequestSigner {
  readonly appid: string;
  readonly serialNo: string;
  readonly privateKey: KeyObject;
}

/** What makes one request's signature its own. `nonce` is 12 or 32 of `[0-9A-Za-z]`; see `newNonce`. */
export interface SignatureMoment {
  readonly timestampSeconds: number;
  readonly nonce: string;
}

/** RSA-2048 is what Lakala issues certificates for (docs/lakala.md, "Signatures"). */
const MIN_MODULUS_BITS = 2048;

/** A fresh 32-character nonce of `[0-9a-f]` (docs/lakala.md, "Signatures"). */
export function newNonce(): string {
  return randomBytes(16).toString('hex');
}

/**
 * The value of the `Authorization` header for a request with exactly this body (docs/lakala.md, "Signatures").
 * Signs on libuv's pool, not on the event loop. Throws a RangeError where a value would not survive in the header.
 */
export async function signRequest(
  signer: RequestSigner,
  body: Uint8Array | string,
  moment: SignatureMoment,
): Promise<string> {
  if (!Number.isSafeInteger(moment.timestampSeconds) || moment.timestampSeconds < 0) {
    throw new RangeError('the timestamp is not a Unix time in whole seconds');
  }
  const timestamp = String(moment.timestampSeconds);
  const values = { appid: signer.appid, serial_no: signer.serialNo, nonce_str: moment.nonce };
  for (const [name, value] of Object.entries(values)) {
    if (!isSignedValue(value)) {
      throw new RangeError(`${name} has characters that cannot stand in the header`);
    }
  }
  const text = signedText([signer.appid, signer.serialNo, timestamp, moment.nonce], body);
  const signature = await signOffTheLoop(text, signer.privateKey);
  return (
    `LKLAPI-SHA256withRSA appid="${signer.appid}",serial_no="${signer.serialNo}",timestamp="${timestamp}",` +
    `nonce_str="${moment.nonce}",signature="${signature.toString('base64')}"`
  );
}

/**
 * Our signing key from PEM, PKCS#8 or PKCS#1. Throws an Error that says what is wrong with it and never quotes it:
 * unreadable, public, protected by a passphrase, not RSA, or shorter than 2048 bits.
 */
export function parsePrivateKey(pem: string): KeyObject {
  const key = readPem(pem);
  if (key.asymmetricKeyType !== 'rsa') {
    throw new Error(`the private key is ${key.asymmetricKeyType ?? 'of an unknown type'}, expected rsa`);
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < MIN_MODULUS_BITS) {
    throw new Error(`the private key has ${bits} bits, expected at least ${MIN_MODULUS_BITS}`);
  }
  return key;
}

function readPem(pem: string): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: 'pem' });
  } catch {
    // The cause is left out on purpose: no part of a key may reach a log.
    throw new Error('the private key is not readable: expected an unencrypted PEM in PKCS#8 or PKCS#1');
  }
}

function signOffTheLoop(text: Buffer, key: KeyObject): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign('sha256', text, key, (error, signature) => (error ? reject(error) : resolve(signature)));
  });
}
