import { type KeyObject, X509Certificate } from 'node:crypto';

/** One trusted certificate of Lakala's platform. */
export interface PlatformCertificate {
  /** Lower-case hex without leading zeros, the way `Lklapi-Serial` spells it. */
  readonly serial: string;
  /** SHA-256 over the certificate, as openssl prints it. */
  readonly fingerprint: string;
  readonly validFrom: Date;
  readonly validTo: Date;
  readonly pem: string;
  readonly publicKey: KeyObject;
}

const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** RFC 5280 allows 20 bytes; anything much longer is no serial number. */
const SERIAL = /^[0-9a-f]{1,64}$/i;

/**
 * The certificates whose signatures count as Lakala's; several may be trusted during a rollover
 * (docs/lakala.md, "Signatures"). Trust comes from the configuration, so their validity dates are shown, not enforced:
 * a date that passes unseen must not stop payments.
 */
export class PlatformCertificates {
  private constructor(private certificates: readonly PlatformCertificate[]) {}

  get all(): readonly PlatformCertificate[] {
    return this.certificates;
  }

  /**
   * Reads every certificate of one PEM text. Throws an Error where there is none, where one is unreadable or not RSA,
   * or where two different ones share a serial number, by which answers choose.
   */
  static fromPem(pemText: string): PlatformCertificates {
    const blocks = pemText.match(PEM_BLOCK) ?? [];
    if (blocks.length === 0) {
      throw new Error('no PEM certificate found: expected at least one BEGIN CERTIFICATE block');
    }
    const bySerial = new Map<string, PlatformCertificate>();
    for (const [index, block] of blocks.entries()) {
      const certificate = readCertificate(block, index + 1);
      const twin = bySerial.get(certificate.serial);
      if (twin && twin.fingerprint !== certificate.fingerprint) {
        throw new Error(`two different certificates have the serial number ${certificate.serial}`);
      }
      bySerial.set(certificate.serial, certificate);
    }
    return new PlatformCertificates([...bySerial.values()]);
  }

  /** Trusts those of the text from now on, and none of before. Throws as {@link fromPem}, and then nothing has changed. */
  replaceBy(pemText: string): void {
    this.certificates = PlatformCertificates.fromPem(pemText).certificates;
  }

  /** The certificate with this serial (hex), compared as a number; undefined where none such is trusted. */
  find(serial: string): PlatformCertificate | undefined {
    const wanted = SERIAL.test(serial) ? asNumberText(serial) : undefined;
    return this.all.find((certificate) => certificate.serial === wanted);
  }
}

function readCertificate(block: string, position: number): PlatformCertificate {
  const certificate = parse(block, position);
  const { publicKey } = certificate;
  if (publicKey.asymmetricKeyType !== 'rsa') {
    throw new Error(`certificate ${position} has a key that is not rsa`);
  }
  return {
    serial: asNumberText(certificate.serialNumber),
    fingerprint: certificate.fingerprint256,
    validFrom: certificate.validFromDate,
    validTo: certificate.validToDate,
    pem: certificate.toString(),
    publicKey,
  };
}

function parse(block: string, position: number): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (cause) {
    throw new Error(`certificate ${position} is not a readable X.509 certificate`, { cause });
  }
}

function asNumberText(hex: string): string {
  return BigInt(`0x${hex}`).toString(16);
}
