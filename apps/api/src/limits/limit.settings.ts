import { Variable } from '#platform/configuration/variable.decorator.js';

/** Who may call, and how often. */
export class LimitSettings {
  // A busy shop makes a few dozen a second; what goes beyond a thousand is a loop that went wrong.
  @Variable('RATE_LIMIT_KEY_PER_SECOND', {
    kind: 'integer',
    min: 0,
    max: 1_000_000,
    default: 1_000,
    meaning: 'requests a second with one API key, over all replicas; 0: no limit',
  })
  readonly keyPerSecond: number;

  // Far more than a key's: behind one address may be many apps, or a proxy that TRUSTED_PROXIES does not name.
  @Variable('RATE_LIMIT_IP_PER_SECOND', {
    kind: 'integer',
    min: 0,
    max: 1_000_000,
    default: 10_000,
    meaning: 'requests a second from one IP address, over all replicas; 0: no limit',
  })
  readonly ipPerSecond: number;

  @Variable('TRUSTED_PROXIES', {
    kind: 'networks',
    optional: true,
    meaning: "addresses of our own proxies, in CIDR form: only their X-Forwarded-For tells a caller's address",
  })
  readonly trustedProxies: string | undefined;

  @Variable('LAKALA_ALLOWED_IPS', {
    kind: 'networks',
    optional: true,
    meaning: 'addresses from which notifications are taken, in CIDR form; none: from everywhere, by their signature alone',
  })
  readonly lakalaAllowedIps: string | undefined;
}
