import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { selfSignedCertificate } from './certificate.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const SUBJECT = { country: 'CN', organization: '拉卡拉 sandbox', commonName: 'APIGW.SANDBOX.INVALID' };

describe('the platform certificate', () => {
  const certificate = new X509Certificate(selfSignedCertificate(privateKey, SUBJECT, new Date('2026-03-01T12:00:00Z')));

  it('is read by Node, carries the key and is signed by it', () => {
    const publicKey = createPublicKey(privateKey);
    expect(certificate.publicKey.equals(publicKey)).toBe(true);
    expect(certificate.verify(publicKey)).toBe(true);
    expect(certificate.subject).toContain('CN=APIGW.SANDBOX.INVALID');
    expect(certificate.subject).toContain('O=拉卡拉 sandbox');
    expect(certificate.issuer).toBe(certificate.subject);
    expect(certificate.ca).toBe(false);
  });

  it('is valid for ten years from the day before', () => {
    expect(certificate.validFromDate.toISOString()).toBe('2026-02-28T12:00:00.000Z');
    expect(certificate.validToDate.toISOString()).toBe('2036-02-28T12:00:00.000Z');
  });

  it('has a serial whose hex form begins with a zero, as the real one has', () => {
    expect(certificate.serialNumber).toMatch(/^01[0-9A-F]{10}$/);
  });

  it('can be made in years that need four digits', () => {
    const late = new X509Certificate(selfSignedCertificate(privateKey, SUBJECT, new Date('2055-06-01T00:00:00Z')));
    expect(late.validFromDate.getUTCFullYear()).toBe(2055);
  });
});
