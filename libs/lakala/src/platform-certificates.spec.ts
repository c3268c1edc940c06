import { generateKeyPairSync } from 'node:crypto';
import { testPlatformPem } from '../../../test/fixtures/lakala-vectors/real-messages.js';
import { selfSignedCertificate } from '../../../test/fixtures/lakala-vectors/self-signed-certificate.js';
import { PlatformCertificates } from './platform-certificates.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ownPem = selfSignedCertificate(publicKey, privateKey, '0099aa');

describe('PlatformCertificates', () => {
  it('reads the real certificate as openssl does', () => {
    const [certificate] = PlatformCertificates.fromPem(testPlatformPem).all;
    expect(certificate).toMatchObject({
      serial: '1745381c327',
      fingerprint:
        '26:F7:D0:62:5F:22:68:B6:26:F0:BF:31:0C:CE:FA:3F:E8:CA:85:E8:C4:18:AC:3F:1E:E3:B3:FF:34:60:22:1B',
      validFrom: new Date('2020-10-10T05:24:14Z'),
      validTo: new Date('2030-10-08T05:24:14Z'),
    });
    expect(PlatformCertificates.fromPem(certificate?.pem ?? '').all).toHaveLength(1);
  });

  it('finds by serial as a number, whatever its case and leading zeros', () => {
    const certificates = PlatformCertificates.fromPem(testPlatformPem);
    for (const serial of ['1745381c327', '1745381C327', '01745381C327', '0000001745381c327']) {
      expect(certificates.find(serial)).toBe(certificates.all[0]);
    }
    for (const serial of ['1745381c328', '', 'x', '0x1745381c327', '-1', '1745381c327 ']) {
      expect(certificates.find(serial)).toBeUndefined();
    }
  });

  it('trusts every certificate of one text, so that a rollover needs no gap', () => {
    const certificates = PlatformCertificates.fromPem(`# old\n${testPlatformPem}\r\n# new\n${ownPem}${ownPem}`);
    expect(certificates.all.map(({ serial }) => serial)).toEqual(['1745381c327', '99aa']);
    expect(certificates.find('99aa')?.publicKey.equals(publicKey)).toBe(true);
  });

  it('refuses a text without a certificate, and an unreadable one by its position', () => {
    expect(() => PlatformCertificates.fromPem('')).toThrow('no PEM certificate');
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    expect(() => PlatformCertificates.fromPem(testPlatformPem + broken)).toThrow('certificate 2');
  });

  it('refuses a key that is not RSA', () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(() => PlatformCertificates.fromPem(selfSignedCertificate(ec.publicKey, privateKey, '01'))).toThrow('not rsa');
  });

  it('refuses two different certificates of one serial number, since answers could not choose', () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const twin = selfSignedCertificate(other.publicKey, other.privateKey, '0099aa');
    expect(() => PlatformCertificates.fromPem(ownPem + twin)).toThrow('99aa');
  });
});
