import { Cluster, Redis, type RedisOptions } from 'ioredis';
import pg from 'pg';
import { request } from 'undici';
import { OLDEST_POSTGRES } from '#platform/postgres/open-data-source.js';
import { redisPlace } from '#platform/redis/redis-url.js';
import type { RedisClient } from '#platform/redis/redis.js';
import { judgedByAge, type Finding } from './finding.js';

const PATIENCE_MS = 5_000;
const OLDEST_REDIS = 7;
const WEBHOOK_PATH = '/api/v1/webhooks/lakala';

/** Whether the API is there under the address that Lakala and payers are given. From inside: a firewall before it is not seen. */
export async function checkPublicAddress(baseUrl: string): Promise<Finding[]> {
  const check = 'PUBLIC_BASE_URL';
  const alive = await statusOf('GET', `${baseUrl}/health/live`);
  if (alive !== 200) return [{ check, outcome: 'failed', detail: `${baseUrl}/health/live answers ${alive}, not 200` }];
  const webhook = await statusOf('POST', baseUrl + WEBHOOK_PATH);
  // 403 where notifications are taken from Lakala's addresses only.
  const isOurs = webhook === 401 || webhook === 403;
  const detail = `${WEBHOOK_PATH} refuses what is not signed with ${webhook}`;
  return [
    { check, outcome: 'ok', detail: 'the API answers there' },
    { check, outcome: isOurs ? 'ok' : 'failed', detail: isOurs ? detail : `${detail}, not 401: is all of the path led to the API?` },
  ];
}

async function statusOf(method: 'GET' | 'POST', url: string): Promise<number | string> {
  try {
    const { statusCode, body } = await request(url, { method, signal: AbortSignal.timeout(PATIENCE_MS) });
    await body.dump();
    return statusCode;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return `nothing (${code})`;
  }
}

/** Whether PostgreSQL and Redis are reached by the addresses of the configuration, and as whom. */
export async function checkDatabase(url: string): Promise<Finding[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: PATIENCE_MS, query_timeout: PATIENCE_MS });
  try {
    await client.connect();
    const { rows } = await client.query<{ role: string; version: string }>(
      `SELECT current_user AS role, current_setting('server_version') AS version`,
    );
    const { version = '', role } = rows[0] ?? {};
    return [judgedByAge('PostgreSQL', version, OLDEST_POSTGRES, `${version}, as ${role}`)];
  } finally {
    await client.end();
  }
}

export async function checkRedis(url: string): Promise<Finding[]> {
  const { options, cluster } = redisPlace(url);
  const once: RedisOptions = { ...options, connectTimeout: PATIENCE_MS, maxRetriesPerRequest: 0, lazyConnect: true, retryStrategy: () => null };
  if (!cluster) return asked(new Redis(once), () => '');
  const all = new Cluster([...cluster], { redisOptions: once, lazyConnect: true, clusterRetryStrategy: () => null, slotsRefreshTimeout: PATIENCE_MS });
  return asked(all, () => `, a Cluster of ${all.nodes('master').length} masters`);
}

async function asked(redis: RedisClient, told: () => string): Promise<Finding[]> {
  let atNode: unknown;
  redis.on('error', () => undefined);
  // A Cluster's own error says no more than that no node could be used.
  redis.on('node error', (error: unknown) => (atNode = error));
  try {
    await redis.connect();
    const version = /^redis_version:(\S+)/m.exec(await redis.info('server'))?.[1] ?? '';
    return [judgedByAge('Redis', version, OLDEST_REDIS, version + told())];
  } catch (error) {
    throw atNode ?? error;
  } finally {
    redis.disconnect();
  }
}
