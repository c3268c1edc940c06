import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { urlForRole } from '../stack/databases.ts';
import { ROOT } from '../stack/project.ts';
import { sandboxAccount } from '../stack/programs.ts';
import { World } from './world.ts';

interface Finding {
  check: string;
  outcome: string;
  detail: string;
}

let world: World;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  world = await World.start();
  const { sandbox, databaseUrl, redisUrl, baseUrl } = world.stack;
  env = {
    PATH: process.env.PATH,
    DATABASE_URL: urlForRole(databaseUrl, 'loomi_processor'),
    REDIS_URL: redisUrl,
    PUBLIC_BASE_URL: baseUrl,
    ...sandboxAccount(sandbox.folder, Number(new URL(sandbox.url).port)),
  };
}, 120_000);
afterAll(() => world.stop(), 60_000);

/** The exit code, and of each thing that was looked at what became of it. */
function check(changes: NodeJS.ProcessEnv = {}, ...options: string[]): { code: number | null; found: string[]; details: string } {
  const program = join(ROOT, 'dist', 'apps', 'admin', 'src', 'main.js');
  const ran = spawnSync(process.execPath, [program, 'check', '--json', ...options], { env: { ...env, ...changes }, encoding: 'utf8' });
  const findings = JSON.parse(ran.stdout || '[]') as Finding[];
  const details = ran.stderr + findings.map(({ detail }) => detail).join('\n');
  return { code: ran.status, found: findings.map((one) => `${one.check.replace(/ [0-9a-f]+$/, '')}: ${one.outcome}`), details };
}

const ALL = ['signing key: ok', 'platform: ok', 'signed query: ok', 'clocks: ok', 'PUBLIC_BASE_URL: ok', 'PUBLIC_BASE_URL: ok', 'PostgreSQL: ok', 'Redis: ok'];

test('finds nothing wrong where all is well, and makes no order', () => {
  expect(check()).toMatchObject({ code: 0, found: ALL });
});

test('asks Lakala nothing that changes anything', async () => {
  const before = await world.lakala.ledger();
  check();
  expect(await world.lakala.ledger()).toEqual(before);
});

test('notices a key that Lakala does not know', () => {
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const { code, found, details } = check({ LAKALA_PRIVATE_KEY_FILE: '', LAKALA_PRIVATE_KEY: String(stranger) });
  expect([code, found.includes('signed query: failed')]).toEqual([1, true]);
  expect(details).not.toContain('PRIVATE KEY');
});

test('notices a certificate that is not of the key', () => {
  const certificate = join(world.stack.sandbox.folder, 'platform-certificate.pem');
  const { code, found } = check({}, '--certificate', certificate);
  expect([code, found.filter((one) => one === 'own certificate: failed')]).toEqual([1, ['own certificate: failed', 'own certificate: failed']]);
});

test('notices clocks that differ', async () => {
  await world.lakala.moveClock(600);
  expect(check().found.filter((one) => !one.endsWith(': ok'))).toEqual(['signed query: failed']);
  await world.lakala.moveClock(100);
  expect(check().found).toContain('clocks: warn');
  await world.lakala.moveClock(0);
});

test('notices an address at which the API is not', () => {
  expect(check({ PUBLIC_BASE_URL: world.stack.sandbox.url }).found).toContain('PUBLIC_BASE_URL: failed');
});

test('names what is missing of the configuration', () => {
  const { code, details } = check({ LAKALA_APPID: '' });
  expect([code, details]).toEqual([1, expect.stringContaining('LAKALA_APPID is missing')]);
});
