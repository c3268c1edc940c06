import type { RedisOptions } from 'ioredis';

const DIRECT_SCHEMES = ['redis:', 'rediss:'];
const SENTINEL_URL =
  /^redis\+sentinel:\/\/(?:(?<username>[^:@/]*):(?<password>[^@/]*)@)?(?<hosts>[^@/?#]+)\/(?<name>[^/?#]+)(?:\/(?<db>\d{1,5}))?$/;
const DEFAULT_SENTINEL_PORT = 26_379;

/** Whether {@link redisOptions} can read the address. */
export function isRedisUrl(url: string): boolean {
  return sentinelOptions(url) !== undefined || directOptions(url) !== undefined;
}

/**
 * The connection options an address stands for: `redis://` and `rediss://` (TLS) as ioredis knows them, and
 * `redis+sentinel://[user:password@]host:port,host:port/master-name[/db]`, where user and password are the data
 * servers'. Throws without repeating the address, which holds a password.
 */
export function redisOptions(url: string): RedisOptions {
  const options = sentinelOptions(url) ?? directOptions(url);
  if (!options) throw new Error('not a redis://, rediss:// or redis+sentinel:// address');
  return options;
}

function directOptions(text: string): RedisOptions | undefined {
  const url = URL.parse(text);
  if (!url || !DIRECT_SCHEMES.includes(url.protocol) || url.hostname === '') return undefined;
  const db = /^\/?(\d{0,5})$/.exec(url.pathname);
  if (!db) return undefined;
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 6379 : Number(url.port),
    db: Number(db[1]),
    ...credentials(url.username, url.password),
    ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
  };
}

function sentinelOptions(text: string): RedisOptions | undefined {
  const parts = SENTINEL_URL.exec(text)?.groups;
  if (!parts) return undefined;
  const sentinels = (parts.hosts ?? '').split(',').map((address) => URL.parse(`redis://${address}`));
  if (sentinels.some((sentinel) => sentinel === null || sentinel.hostname === '')) return undefined;
  return {
    name: parts.name,
    db: Number(parts.db ?? 0),
    sentinels: sentinels.flatMap((sentinel) =>
      sentinel ? [{ host: sentinel.hostname, port: Number(sentinel.port || DEFAULT_SENTINEL_PORT) }] : [],
    ),
    ...credentials(parts.username ?? '', parts.password ?? ''),
  };
}

function credentials(username: string, password: string): Pick<RedisOptions, 'username' | 'password'> {
  return {
    ...(username === '' ? {} : { username: decoded(username) }),
    ...(password === '' ? {} : { password: decoded(password) }),
  };
}

function decoded(text: string): string {
  // A lone % is a legal character of a password that nobody encoded: take such a text as it is written.
  return /%(?![0-9a-f]{2})/i.test(text) ? text : decodeURIComponent(text);
}
