import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import { PlatformCertificates } from '#lakala/platform-certificates.js';
import { parsePrivateKey } from '#lakala/request-signer.js';
import type { Finding } from './finding.js';

const DAY_MS = 86_400_000;
/** Lakala issues certificates within days: a month is time enough, and what is left of less is worth a word. */
const SOON_DAYS = 30;

/** Whether the key is fit to sign, and where our certificate is at hand, whether it is of this key. */
export function checkSigningKey(privateKey: string, serialNo: string, certificatePem: string | undefined, nowMs: number): Finding[] {
  const key = parsePrivateKey(privateKey);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  const fit: Finding = { check: 'signing key', outcome: 'ok', detail: `RSA, ${bits} bits` };
  return certificatePem === undefined ? [fit] : [fit, ...checkOwnCertificate(key, serialNo, certificatePem, nowMs)];
}

function checkOwnCertificate(key: KeyObject, serialNo: string, pem: string, nowMs: number): Finding[] {
  const certificate = new X509Certificate(pem);
  const isOfKey = createPublicKey(key).equals(certificate.publicKey);
  const serials = [certificate.serialNumber, BigInt(`0x${certificate.serialNumber}`).toString(10)].map((one) => one.replace(/^0+/, '').toLowerCase());
  const isNamed = serials.includes(serialNo.replace(/^0+/, '').toLowerCase());
  const check = 'own certificate';
  return [
    isOfKey
      ? { check, outcome: 'ok', detail: 'is of the signing key' }
      : { check, outcome: 'failed', detail: 'is of another key than LAKALA_PRIVATE_KEY: Lakala would refuse every call' },
    isNamed
      ? { check, outcome: 'ok', detail: 'has the serial LAKALA_SERIAL_NO' }
      : { check, outcome: 'failed', detail: `has the serial ${certificate.serialNumber}, LAKALA_SERIAL_NO is ${serialNo}` },
    validity(check, certificate.validFromDate, certificate.validToDate, nowMs),
  ];
}

/** How long each certificate of Lakala's is good for. */
export function checkPlatformCertificates(pem: string, nowMs: number): Finding[] {
  const { all } = PlatformCertificates.fromPem(pem);
  return all.map(({ serial, validFrom, validTo }) => validity(`platform ${serial.slice(0, 11)}`, validFrom, validTo, nowMs));
}

function validity(check: string, from: Date, to: Date, nowMs: number): Finding {
  const days = Math.floor((to.getTime() - nowMs) / DAY_MS);
  const until = to.toISOString().slice(0, 10);
  if (from.getTime() > nowMs) return { check, outcome: 'failed', detail: `is not valid before ${from.toISOString()}` };
  if (days < 0) return { check, outcome: 'failed', detail: `is not valid since ${until}` };
  return { check, outcome: days < SOON_DAYS ? 'warn' : 'ok', detail: `is valid until ${until}, ${days} days from now` };
}
