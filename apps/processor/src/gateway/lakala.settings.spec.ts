import { generateKeyPairSync } from 'node:crypto';
import { ConfigurationError } from '#platform/configuration/configuration.error.js';
import { loadConfiguration } from '#platform/configuration/load-configuration.js';
import { LakalaSettings } from './lakala.settings.js';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const GOOD = {
  NODE_ENV: 'production',
  LAKALA_BASE_URL: 'https://s2.lakala.com',
  LAKALA_APPID: 'OP00001234',
  LAKALA_SERIAL_NO: '00dfba8194c41b84cf',
  LAKALA_MERCHANT_NO: '822100000000001',
  LAKALA_TERM_NO: 'A0000001',
  LAKALA_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  LAKALA_REQUEST_IP: '203.0.113.7',
};

function refusedIn(environment: NodeJS.ProcessEnv): string[] {
  try {
    loadConfiguration(LakalaSettings, environment);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map(({ variable }) => variable);
  }
}

describe('LakalaSettings in production', () => {
  it('takes an account of our own', () => {
    expect(refusedIn(GOOD)).toEqual([]);
  });

  it.each([
    ['LAKALA_BASE_URL', 'http://s2.lakala.com'],
    ['LAKALA_BASE_URL', 'https://test.wsmsd.cn/sit'],
    ['LAKALA_BASE_URL', 'https://lakala-sandbox.example'],
    ['LAKALA_BASE_URL', 'https://127.0.0.1:3900'],
    ['LAKALA_APPID', 'OP00000003'],
    ['LAKALA_MERCHANT_NO', '82229007392000A'],
  ])('refuses to start with %s=%s', (variable, value) => {
    expect(refusedIn({ ...GOOD, [variable]: value })).toEqual([variable]);
    expect(refusedIn({ ...GOOD, [variable]: value, NODE_ENV: 'development' })).toEqual([]);
  });
});
