import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { selfSignedCertificate } from '../../../../test/lakala-sandbox/certificate.ts';
import { HeardLog } from '../../../../test/fixtures/relay-world.ts';
import { ownCertificate } from './watched-certificates.js';

const newKey = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const key = newKey();
const privateKey = key.export({ type: 'pkcs8', format: 'pem' }).toString();
const SUBJECT = { country: 'CN', organization: 'shop', commonName: 'shop' };
const certificateOf = (signer: KeyObject): string => selfSignedCertificate(signer, SUBJECT, new Date('2026-03-01T12:00:00Z'));

test('the certificate of our key is watched until its end', () => {
  const log = new HeardLog();
  const [watched] = ownCertificate({ merchantCertificate: certificateOf(key), privateKey }, log);
  expect(watched).toMatchObject({ owner: 'ours', validTo: new Date('2036-02-28T12:00:00.000Z') });
  expect(log.events).toEqual([]);
});

test('one of another key is told of and left out', () => {
  const log = new HeardLog();
  expect(ownCertificate({ merchantCertificate: certificateOf(newKey()), privateKey }, log)).toEqual([]);
  expect(log.of('own_certificate_foreign')).toHaveLength(1);
});

test('without one nothing is watched', () => {
  expect(ownCertificate({ privateKey }, new HeardLog())).toEqual([]);
});
