import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { selfSignedCertificate } from './certificate.ts';
import { randomDigits } from './random.ts';

/** The merchant's account as the platform knows it, and the platform's own key. */
export interface Account {
  appid: string;
  serialNo: string;
  merchantNo: string;
  termNo: string;
  merchantKey: KeyObject;
  platformKey: KeyObject;
  /** The platform certificate's serial: lower-case hex without leading zeros, as `Lklapi-Serial` carries it. */
  platformSerial: string;
}

const MERCHANT_PRIVATE = 'merchant-private-key.pem';
const MERCHANT_PUBLIC = 'merchant-public-key.pem';
const PLATFORM_PRIVATE = 'platform-private-key.pem';
const PLATFORM_CERTIFICATE = 'platform-certificate.pem';
const ACCOUNT = 'account.env';

/** Whole or not at all: a start that is killed half-way leaves nothing that the next one would trust. */
function writeOnce(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

const newKey = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const pkcs8 = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const spki = (key: KeyObject): string => createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();

function makeAccount(dir: string): void {
  const merchant = newKey();
  const platform = newKey();
  const subject = { country: 'CN', organization: 'Lakala sandbox', commonName: 'APIGW.SANDBOX.INVALID' };
  writeOnce(join(dir, MERCHANT_PRIVATE), pkcs8(merchant));
  writeOnce(join(dir, MERCHANT_PUBLIC), spki(merchant));
  writeOnce(join(dir, PLATFORM_PRIVATE), pkcs8(platform));
  writeOnce(join(dir, PLATFORM_CERTIFICATE), selfSignedCertificate(platform, subject, new Date()));
  const lines = [
    `LAKALA_APPID=OP9${randomDigits(7)}`,
    // Lakala's serials may begin with zeros, and a reader that takes them for a number loses them.
    `LAKALA_SERIAL_NO=00${randomDigits(11)}`,
    `LAKALA_MERCHANT_NO=8229${randomDigits(10)}S`,
    `LAKALA_TERM_NO=A${randomDigits(7)}`,
  ];
  // Last, since its presence says that the rest is there.
  writeOnce(join(dir, ACCOUNT), `${lines.join('\n')}\n`);
}

function required(values: Record<string, string | undefined>, name: string, path: string): string {
  const value = values[name];
  if (!value) throw new Error(`${path} has no ${name}`);
  return value;
}

/** The account kept in `dir`; made there on the first run. */
export function openAccount(dir: string): Account {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, ACCOUNT);
  if (!existsSync(path)) makeAccount(dir);
  const values = parseEnv(readFileSync(path, 'utf8'));
  const certificate = new X509Certificate(readFileSync(join(dir, PLATFORM_CERTIFICATE)));
  return {
    appid: required(values, 'LAKALA_APPID', path),
    serialNo: required(values, 'LAKALA_SERIAL_NO', path),
    merchantNo: required(values, 'LAKALA_MERCHANT_NO', path),
    termNo: required(values, 'LAKALA_TERM_NO', path),
    merchantKey: createPublicKey(readFileSync(join(dir, MERCHANT_PUBLIC))),
    platformKey: createPrivateKey(readFileSync(join(dir, PLATFORM_PRIVATE))),
    platformSerial: BigInt(`0x${certificate.serialNumber}`).toString(16),
  };
}
