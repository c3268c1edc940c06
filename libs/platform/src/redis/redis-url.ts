import type { RedisOptions } from 'ioredis';

const DIRECT_SCHEMES = ['redis:', 'rediss:'];
const CREDENTIALS = '(?:(?<username>[^:@/]*):(?<password>[^@/]*)@)?';
const SENTINEL_URL = new RegExp(`^redis\\+sentinel://${CREDENTIALS}(?<hosts>[^@/?#]+)/(?<name>[^/?#]+)(?:/(?<db>\\d{1,5}))?$`);
// A Cluster has no databases but 0, so that any other is a mistake.
const CLUSTER_URL = new RegExp(`^(?<scheme>rediss?)\\+cluster://${CREDENTIALS}(?<hosts>[^@/?#]+)(?:/0?)?$`);
const DEFAULT_PORT = 6379;
const DEFAULT_SENTINEL_PORT = 26_379;

/** What a `REDIS_URL` must be, in words. */
export const REDIS_URL_FORMS = 'a redis://, rediss://, redis+sentinel://, redis+cluster:// or rediss+cluster:// address';

/** Where a server listens. */
export interface RedisHost {
  readonly host: string;
  readonly port: number;
}

/** What an address stands for. */
export interface RedisPlace {
  /** How to connect to the server, to the one that the Sentinels name, or to each of a Cluster's. */
  readonly options: RedisOptions;
  /** Those that tell of all the others; null where it is no Cluster. */
  readonly cluster: readonly RedisHost[] | null;
}

/** Whether {@link redisPlace} can read the address. */
export function isRedisUrl(url: string): boolean {
  return read(url) !== undefined;
}

/**
 * What an address stands for: `redis://` and `rediss://` (TLS) as ioredis knows them,
 * `redis+sentinel://[user:password@]host:port,host:port/master-name[/db]` and
 * `redis+cluster://[user:password@]host:port,host:port` (`rediss+cluster://`: TLS), where user and password are the data
 * servers'. Throws without repeating the address, which holds a password.
 */
export function redisPlace(url: string): RedisPlace {
  const place = read(url);
  if (!place) throw new Error(`not ${REDIS_URL_FORMS}`);
  return place;
}

function read(url: string): RedisPlace | undefined {
  const options = sentinelOptions(url) ?? directOptions(url);
  return options ? { options, cluster: null } : clusterPlace(url);
}

function directOptions(text: string): RedisOptions | undefined {
  const url = URL.parse(text);
  if (!url || !DIRECT_SCHEMES.includes(url.protocol) || url.hostname === '') return undefined;
  const db = /^\/?(\d{0,5})$/.exec(url.pathname);
  if (!db) return undefined;
  return {
    ...hostOf(url, DEFAULT_PORT),
    db: Number(db[1]),
    ...credentials(url.username, url.password),
    ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
  };
}

function sentinelOptions(text: string): RedisOptions | undefined {
  const parts = SENTINEL_URL.exec(text)?.groups;
  const sentinels = hostsIn(parts?.hosts, DEFAULT_SENTINEL_PORT);
  if (!parts || !sentinels) return undefined;
  return { name: parts.name, db: Number(parts.db ?? 0), sentinels, ...credentials(parts.username ?? '', parts.password ?? '') };
}

function clusterPlace(text: string): RedisPlace | undefined {
  const parts = CLUSTER_URL.exec(text)?.groups;
  const cluster = hostsIn(parts?.hosts, DEFAULT_PORT);
  if (!parts || !cluster) return undefined;
  const tls = parts.scheme === 'rediss' ? { tls: {} } : {};
  return { options: { ...credentials(parts.username ?? '', parts.password ?? ''), ...tls }, cluster };
}

function hostsIn(list: string | undefined, defaultPort: number): RedisHost[] | undefined {
  const hosts = list?.split(',').map((address) => URL.parse(`redis://${address}`));
  if (!hosts || hosts.some((host) => !host?.hostname)) return undefined;
  return hosts.flatMap((host) => (host ? [hostOf(host, defaultPort)] : []));
}

function hostOf({ hostname, port }: URL, defaultPort: number): RedisHost {
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? defaultPort : Number(port) };
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
