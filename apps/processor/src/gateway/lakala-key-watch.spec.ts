import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { authorizationAttributes } from '#lakala/authorization-attributes.js';
import { PlatformCertificates } from '#lakala/platform-certificates.js';
import { parsePrivateKey } from '#lakala/request-signer.js';
import { signedText } from '#lakala/signed-text.js';
import { SystemClock } from '#platform/clock/clock.js';
import { LakalaTrustSettings } from '#platform/configuration/lakala-trust.settings.js';
import { loadConfiguration } from '#platform/configuration/load-configuration.js';
import { testPlatformPem } from '../../../../test/fixtures/lakala-vectors/real-messages.js';
import { selfSignedCertificate } from '../../../../test/fixtures/lakala-vectors/self-signed-certificate.js';
import { HeardLog } from '../../../../test/fixtures/relay-world.ts';
import { LakalaClient } from './lakala-client.js';
import { LakalaKeyWatch } from './lakala-key-watch.js';
import { LakalaSettings } from './lakala.settings.js';

const newKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const [first, second] = [newKey(), newKey()];
const secondPlatform = selfSignedCertificate(createPublicKey(second), parsePrivateKey(second), '0099aa');

const folder = mkdtempSync(join(tmpdir(), 'loomi-key-watch-'));
const files = { key: join(folder, 'key.pem'), serial: join(folder, 'serial'), platform: join(folder, 'platform.pem') };
/** Whose signature a call bore, and under which serial. */
const heard: { serial: string | undefined; isOf: (key: string) => boolean }[] = [];
let lakala: Server;
let client: LakalaClient;
let log: HeardLog;
let trusted: PlatformCertificates;
let watch: LakalaKeyWatch;

beforeAll(async () => {
  lakala = createServer((request, response) => {
    void buffer(request).then((body) => {
      const told = authorizationAttributes(request.headers.authorization);
      const text = signedText(['appid', 'serial_no', 'timestamp', 'nonce_str'].map((name) => told.get(name) ?? ''), body);
      const isOf = (key: string) => verify('sha256', text, createPublicKey(key), Buffer.from(told.get('signature') ?? '', 'base64'));
      heard.push({ serial: told.get('serial_no'), isOf });
      response.writeHead(503).end();
    });
  });
  await new Promise<void>((resolve) => lakala.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => lakala.close(resolve));
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  writeFileSync(files.key, first);
  writeFileSync(files.serial, '1\n');
  writeFileSync(files.platform, testPlatformPem);
  const baseUrl = `http://127.0.0.1:${(lakala.address() as AddressInfo).port}`;
  const environment = {
    LAKALA_BASE_URL: baseUrl,
    LAKALA_APPID: 'OP1',
    LAKALA_MERCHANT_NO: 'M1',
    LAKALA_TERM_NO: 'T1',
    LAKALA_REQUEST_IP: '203.0.113.7',
    LAKALA_PRIVATE_KEY_FILE: files.key,
    LAKALA_SERIAL_NO_FILE: files.serial,
    LAKALA_PLATFORM_CERT_FILE: files.platform,
  };
  const known = { lakala: loadConfiguration(LakalaSettings, environment), trust: loadConfiguration(LakalaTrustSettings, environment) };
  trusted = PlatformCertificates.fromPem(known.trust.platformCertificates);
  const identity = { appid: 'OP1', serialNo: known.lakala.serialNo, privateKey: parsePrivateKey(first), certificates: trusted };
  client = new LakalaClient(baseUrl, identity, new SystemClock(), 5_000);
  log = new HeardLog();
  watch = new LakalaKeyWatch(known, client, trusted, log, environment);
});
afterEach(() => client.close());

async function nextCall() {
  await client.call('create', {});
  return heard.at(-1);
}

test('the next call is signed by the key that was put into its file, under its serial', async () => {
  const before = await nextCall();
  expect([before?.serial, before?.isOf(first)]).toEqual(['1', true]);
  writeFileSync(files.key, second);
  writeFileSync(files.serial, '2\n');
  expect([await watch.runOnce(), await watch.runOnce()]).toEqual([1, 0]);
  const after = await nextCall();
  expect([after?.serial, after?.isOf(second)]).toEqual(['2', true]);
  expect(log.events.map(({ event }) => event)).toEqual(['signing_key_replaced']);
});

test('while the file holds no key, what was known goes on', async () => {
  writeFileSync(files.key, second.slice(0, 200));
  await expect(watch.runOnce()).rejects.toThrow('LAKALA_PRIVATE_KEY');
  const call = await nextCall();
  expect([call?.serial, call?.isOf(first)]).toEqual(['1', true]);
  expect(log.events).toEqual([]);
});

test("Lakala's certificates that were put into their file are trusted, and none of before", async () => {
  writeFileSync(files.platform, secondPlatform);
  expect([await watch.runOnce(), await watch.runOnce()]).toEqual([1, 0]);
  expect(trusted.all.map(({ serial }) => serial)).toEqual(['99aa']);
  expect(watch.certificates.map(({ owner, serial }) => ({ owner, serial }))).toEqual([{ owner: 'lakala', serial: '99aa' }]);
  expect(log.of('platform_certificates_replaced')).toEqual([{ count: 1 }]);
});

test('while the file holds no certificate that can be read, those of before are trusted', async () => {
  writeFileSync(files.platform, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  await expect(watch.runOnce()).rejects.toThrow('certificate');
  expect(trusted.all.map(({ serial }) => serial)).toEqual(['1745381c327']);
});
