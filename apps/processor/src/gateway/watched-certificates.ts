import { X509Certificate } from 'node:crypto';
import { parsePrivateKey } from '#lakala/request-signer.js';
import type { Log } from '#platform/logging/log.js';
import type { WatchedCertificate } from '#platform/metrics/certificate-gauge.js';
import type { LakalaSettings } from './lakala.settings.js';

/**
 * The certificate of the key we sign with, where it is configured. One that is of another key says nothing about ours: it is
 * told of and left out, since what only warns must not keep payments from starting.
 */
export function ownCertificate(
  { merchantCertificate, privateKey }: Pick<LakalaSettings, 'merchantCertificate' | 'privateKey'>,
  log: Log,
): WatchedCertificate[] {
  if (merchantCertificate === undefined) return [];
  const certificate = new X509Certificate(merchantCertificate);
  if (!certificate.checkPrivateKey(parsePrivateKey(privateKey))) {
    log.error('own_certificate_foreign', { certificate_serial: certificate.serialNumber.toLowerCase() });
    return [];
  }
  return [{ owner: 'ours', serial: certificate.serialNumber.toLowerCase(), validTo: certificate.validToDate }];
}
