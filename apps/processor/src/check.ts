// What `admin check` runs: a program of the processor's, since nothing else may hold the key that we sign with.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { configurationOrExit } from '#platform/configuration/configuration-or-exit.js';
import { looked, shown, type Finding } from './check/finding.js';
import { checkPlatformCertificates, checkSigningKey } from './check/key-checks.js';
import { checkLakala } from './check/lakala-checks.js';
import { checkDatabase, checkPublicAddress, checkRedis } from './check/place-checks.js';
import { ProcessorConfiguration } from './processor.configuration.js';

const { values: options } = parseArgs({ options: { json: { type: 'boolean', default: false }, certificate: { type: 'string' } } });
const configuration = configurationOrExit(ProcessorConfiguration);
const { lakala, trust, database, redis, publicAddress } = configuration;

const findings: Finding[] = [];
for (const [check, look] of [
  ['signing key', () => checkSigningKey(lakala.privateKey, lakala.serialNo, ownCertificate(), Date.now())],
  ['platform certificate', () => checkPlatformCertificates(trust.platformCertificates, Date.now())],
  ['signed query', () => checkLakala(configuration)],
  ['PUBLIC_BASE_URL', () => checkPublicAddress(publicAddress.publicBaseUrl)],
  ['PostgreSQL', () => checkDatabase(database.url)],
  ['Redis', () => checkRedis(redis.url)],
] as const) {
  findings.push(...(await looked(check, look)));
}
process.stdout.write(options.json ? `${JSON.stringify(findings)}\n` : shown(findings));
process.exitCode = findings.some(({ outcome }) => outcome === 'failed') ? 1 : 0;

/** The one that is asked about, else the one of the configuration. */
function ownCertificate(): string | undefined {
  return options.certificate === undefined ? lakala.merchantCertificate : readFileSync(options.certificate, 'utf8');
}
