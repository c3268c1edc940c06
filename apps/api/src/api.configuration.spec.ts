import { describeVariables } from '#platform/configuration/describe-variables.js';
import { loadConfiguration } from '#platform/configuration/load-configuration.js';
import { testPlatformPem } from '../../../test/fixtures/lakala-vectors/real-messages.js';
import { ApiConfiguration } from './api.configuration.js';
import { WEBHOOK_PATH } from './http/routes.js';

const good = {
  DATABASE_URL: 'postgres://u:p@db.example/loomi',
  REDIS_URL: 'redis://redis.example/0',
  PUBLIC_BASE_URL: 'https://pay.example',
  LAKALA_PLATFORM_CERT: testPlatformPem,
};
const load = (change: Record<string, string> = {}) => loadConfiguration(ApiConfiguration, { ...good, ...change });

it('needs four variables and has defaults for the rest', () => {
  expect(load()).toMatchObject({ http: { port: 3000, managementPort: 9090 }, webhook: { maxSkewSeconds: 300 } });
  expect(() => loadConfiguration(ApiConfiguration, {})).toThrow(
    /(?=.*DATABASE_URL)(?=.*REDIS_URL)(?=.*PUBLIC_BASE_URL)(?=.*LAKALA_PLATFORM_CERT)/s,
  );
});

it('has no private key in it', () => {
  expect(describeVariables(ApiConfiguration).map(({ name }) => name)).not.toContainEqual(expect.stringContaining('PRIVATE'));
});

it('refuses a public address over http in production', () => {
  expect(() => load({ NODE_ENV: 'production', PUBLIC_BASE_URL: 'http://pay.example' })).toThrow('PUBLIC_BASE_URL');
  expect(() => load({ NODE_ENV: 'production' })).not.toThrow();
});

it('refuses a public address with which notify_url would be longer than Lakala holds', () => {
  const longest = `https://${'a'.repeat(80)}`;
  expect(`${load({ PUBLIC_BASE_URL: longest }).publicAddress.publicBaseUrl}${WEBHOOK_PATH}`.length).toBeLessThanOrEqual(128);
  expect(() => load({ PUBLIC_BASE_URL: `${longest}a` })).toThrow('PUBLIC_BASE_URL');
});
