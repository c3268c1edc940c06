import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { issueKey } from '../stack/admin.ts';
import { ensureDatabase, execute, testRedis, urlForRole, urlOfDatabase } from '../stack/databases.ts';
import { freePort } from '../stack/free-port.ts';
import { sandboxAccount, sandboxService } from '../stack/programs.ts';
import { scratchFolder } from '../stack/scratch.ts';
import { HOST } from './cage.ts';
import type { Site } from './pod.ts';
import { startTlsFront } from './tls-front.ts';

export interface RealSite extends Site {
  databaseUrl: string;
  /** How the sandbox is reached as production wants Lakala to be: by https. */
  lakalaUrl: string;
  /** A folder with a file that holds what to trust for it. */
  trust: string;
  key(appId: string): Promise<string>;
  stop(): Promise<void>;
}

/** What surrounds the containers, all of it real: an empty database, a Redis, and the sandbox with an account. */
export async function openSite(): Promise<RealSite> {
  const scratch = scratchFolder();
  const server = process.env.TEST_POSTGRES_URL ?? '';
  const name = `site_${process.pid}`;
  await ensureDatabase(server, name);
  const databaseUrl = urlOfDatabase(server, name);
  const redis = await testRedis();
  const folder = scratch.subfolder('sandbox');
  const port = await freePort();
  const sandbox = sandboxService(folder, port, { databaseUrl, redisUrl: redis.url, publicBaseUrl: '', env: {}, logFolder: folder, registry: scratch.registry });
  await sandbox.start();
  const front = await startTlsFront(HOST, port);
  const trust = scratch.subfolder('trust');
  // Containers look into it as a user of their own.
  chmodSync(trust, 0o755);
  writeFileSync(join(trust, 'front.pem'), front.certificate);
  const account = sandboxAccount(folder, port);
  const pem = (variable: string): string => readFileSync(account[variable] ?? '', 'utf8');
  return {
    databaseUrl,
    lakalaUrl: `https://${HOST}:${front.port}`,
    trust,
    settings: { ...(account as Record<string, string>), PUBLIC_BASE_URL: 'https://pay.test' },
    secrets: {
      'loomi-pay-migrate': { DATABASE_URL: databaseUrl },
      'loomi-pay-api': { DATABASE_URL: urlForRole(databaseUrl, 'loomi_api'), REDIS_URL: redis.url },
      'loomi-pay-processor': { DATABASE_URL: urlForRole(databaseUrl, 'loomi_processor'), REDIS_URL: redis.url },
      'loomi-pay-lakala-trust': { 'platform-certificate.pem': pem('LAKALA_PLATFORM_CERT_FILE') },
      'loomi-pay-lakala-key': { 'private-key.pem': pem('LAKALA_PRIVATE_KEY_FILE') },
    },
    key: (appId) => issueKey(urlForRole(databaseUrl, 'loomi_admin'), appId),
    stop: async () => {
      await Promise.all([front.stop(), sandbox.stop(), redis.stop()]);
      await execute(server, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}
