import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MaxLength } from 'class-validator';
import { scrub } from '../logging/scrub.js';
import { ConfigurationError } from './configuration.error.js';
import { DatabaseSettings } from './database.settings.js';
import { describeVariables } from './describe-variables.js';
import { HttpSettings } from './http.settings.js';
import { loadConfiguration } from './load-configuration.js';
import { ProcessSettings } from './process.settings.js';
import { RedisSettings } from './redis.settings.js';
import { Group, Variable } from './variable.decorator.js';

class ProcessorHttpSettings extends HttpSettings {
  @Variable('PORT', { kind: 'port', default: 3001, meaning: 'port of health' })
  override readonly port: number;
}

class Configuration {
  @Group(ProcessSettings) readonly process: ProcessSettings;
  @Group(ProcessorHttpSettings) readonly http: ProcessorHttpSettings;
  @Group(DatabaseSettings) readonly database: DatabaseSettings;
  @Group(RedisSettings) readonly redis: RedisSettings;

  @Variable('BASE_URL', {
    kind: 'url',
    schemes: ['http', 'https'],
    meaning: 'an address',
    inProduction: { expected: 'an https address', accepts: (text) => text.startsWith('https:') },
  })
  readonly baseUrl: string;

  @MaxLength(8)
  @Variable('MERCHANT', { kind: 'string', meaning: 'a merchant', optional: true })
  readonly merchant?: string;

  @Variable('SEND_AGAIN', { kind: 'boolean', default: true, meaning: 'a switch' })
  readonly sendAgain: boolean;

  @Variable('SIGNING_KEY', { kind: 'pem', block: 'PRIVATE KEY', meaning: 'a key' })
  readonly signingKey: string;
}

const PEM = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

const GOOD = {
  DATABASE_URL: 'postgres://loomi:correct-horse-battery@db.internal:5432/loomi?options=-c%20role%3Dloomi_api',
  REDIS_URL: 'redis://localhost:6379',
  BASE_URL: 'http://localhost:3000',
  SIGNING_KEY: PEM,
};

/** The lines of the refusal, without its heading. */
function complaints(environment: NodeJS.ProcessEnv): string[] {
  try {
    loadConfiguration(Configuration, environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split('\n').slice(1).map((line) => line.trim());
    throw error;
  }
  return [];
}

describe('loadConfiguration', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'configuration-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('every variable becomes a value of its kind, and an unset or empty one its default', () => {
    const configuration = loadConfiguration(Configuration, { ...GOOD, SEND_AGAIN: 'false', DATABASE_POOL_SIZE: '4', LOG_LEVEL: '' });
    expect(configuration).toMatchObject({
      sendAgain: false,
      merchant: undefined,
      process: { logLevel: 'info', nodeEnv: 'development', shutdownGraceSeconds: 25 },
      database: { url: GOOD.DATABASE_URL, poolSize: 4 },
      redis: { url: GOOD.REDIS_URL },
    });
    expect(configuration.database).toBeInstanceOf(DatabaseSettings);
  });

  test("a subclass's variable replaces the one it inherits", () => {
    expect(loadConfiguration(Configuration, GOOD).http).toMatchObject({ port: 3001, managementPort: 9090 });
  });

  test('nothing can change a configuration after it was read', () => {
    const configuration = loadConfiguration(Configuration, GOOD);
    expect(() => Object.assign(configuration, { sendAgain: false })).toThrow(TypeError);
    expect(() => Object.assign(configuration.database, { poolSize: 1 })).toThrow(TypeError);
  });

  test('one refusal names every variable that is missing or bad, in every group', () => {
    expect(complaints({ PORT: '70000', LOG_LEVEL: 'loud', SEND_AGAIN: 'yes', REDIS_URL: 'http://x' })).toEqual([
      'BASE_URL is missing: expected a http:// or https:// address',
      'SEND_AGAIN is not valid: expected true or false',
      'SIGNING_KEY (or SIGNING_KEY_FILE) is missing: expected a private key in PEM form',
      'LOG_LEVEL is not valid: expected one of debug, info, warn, error',
      'PORT is not valid: expected a port, 0 to 65535 (0: any free one)',
      'DATABASE_URL is missing: expected a postgres:// or postgresql:// address',
      'REDIS_URL is not valid: expected a redis://, rediss://, redis+sentinel://, redis+cluster:// or rediss+cluster:// address',
    ]);
  });

  test.each([
    ['DATABASE_POOL_SIZE', '0'],
    ['DATABASE_POOL_SIZE', '1.5'],
    ['DATABASE_POOL_SIZE', '0x10'],
    ['DATABASE_POOL_SIZE', ' 5'],
    ['SHUTDOWN_GRACE_SECONDS', '601'],
    ['DATABASE_URL', 'mysql://db/loomi'],
    ['DATABASE_URL', 'postgres:///loomi'],
    ['MERCHANT', '123456789'],
    ['NODE_ENV', 'prod'],
  ])('%s=%s is refused, and the refusal does not repeat the value', (variable, value) => {
    const [complaint, ...others] = complaints({ ...GOOD, [variable]: value });
    expect(complaint).toMatch(new RegExp(`^${variable} is not valid: expected`));
    expect(complaint).not.toContain(`=${value}`);
    expect(others).toEqual([]);
  });

  test('a refusal holds no value of any variable', () => {
    const text = complaints({ DATABASE_URL: 'secret-1', REDIS_URL: 'secret-2', SIGNING_KEY: 'secret-3', PORT: 'secret-4' }).join();
    expect(text).not.toContain('secret');
  });

  test('what production asks in addition is asked in production only', () => {
    expect(complaints({ ...GOOD, NODE_ENV: 'test' })).toEqual([]);
    expect(complaints({ ...GOOD, NODE_ENV: 'production' })).toEqual([
      'BASE_URL is not allowed in production: expected an https address',
    ]);
    expect(complaints({ ...GOOD, NODE_ENV: 'production', BASE_URL: 'https://pay.example' })).toEqual([]);
  });

  test('a PEM is taken inline, with written line breaks too, or from its file', () => {
    const file = join(folder, 'key.pem');
    writeFileSync(file, PEM);
    const { SIGNING_KEY, ...rest } = GOOD;
    expect(loadConfiguration(Configuration, { ...rest, SIGNING_KEY_FILE: file }).signingKey).toBe(SIGNING_KEY);
    const onOneLine = PEM.trim().replaceAll('\n', '\\n');
    expect(loadConfiguration(Configuration, { ...rest, SIGNING_KEY: onOneLine }).signingKey).toBe(PEM.trim());
  });

  test('a PEM given twice, in a file that is not there, or that is none is refused', () => {
    const { SIGNING_KEY, ...rest } = GOOD;
    const expected = 'expected a private key in PEM form';
    expect(complaints({ ...GOOD, SIGNING_KEY_FILE: '/x' })).toEqual([
      `SIGNING_KEY and SIGNING_KEY_FILE are both set: ${expected}`,
    ]);
    expect(complaints({ ...rest, SIGNING_KEY_FILE: join(folder, 'absent') })).toEqual([
      `SIGNING_KEY_FILE names a file that cannot be read (ENOENT): ${expected}`,
    ]);
    expect(complaints({ ...rest, SIGNING_KEY: SIGNING_KEY.slice(0, 200) })).toEqual([`SIGNING_KEY is not valid: ${expected}`]);
  });

  test('passwords and private keys are masked in logs from then on', () => {
    loadConfiguration(Configuration, GOOD);
    expect(scrub('tried correct-horse-battery there', 100)).toBe('tried [secret] there');
  });
});

describe('describeVariables', () => {
  test('every variable has a row that says whether it must be given, and what it is otherwise', () => {
    const rows = describeVariables(Configuration);
    expect(rows.map(({ name }) => name)).toEqual([
      'BASE_URL',
      'MERCHANT',
      'SEND_AGAIN',
      'SIGNING_KEY',
      'SIGNING_KEY_FILE',
      'NODE_ENV',
      'LOG_LEVEL',
      'SHUTDOWN_GRACE_SECONDS',
      'SHUTDOWN_DRAIN_SECONDS',
      'PORT',
      'MANAGEMENT_PORT',
      'DATABASE_URL',
      'DATABASE_POOL_SIZE',
      'DATABASE_PREPARED_STATEMENTS',
      'REDIS_URL',
    ]);
    expect(rows.filter(({ required }) => required).map(({ name }) => name)).toEqual([
      'BASE_URL',
      'SIGNING_KEY',
      'DATABASE_URL',
      'REDIS_URL',
    ]);
    expect(rows.find(({ name }) => name === 'PORT')).toMatchObject({ default: '3001', meaning: 'port of health' });
    expect(rows.find(({ name }) => name === 'SIGNING_KEY')).toMatchObject({ secret: true });
  });
});
