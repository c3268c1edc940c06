import type { FastifyReply } from 'fastify';
import type { Log } from '#platform/logging/log.js';
import type { Metrics } from '#platform/metrics/metrics.js';
import type { RedisClient } from '#platform/redis/redis.js';
import { ApiError } from '../http/problems.js';
import type { LimitSettings } from './limit.settings.js';
import { RateLimit, type Verdict } from './rate-limit.js';

/** What is counted: requests with one key, or from one address. */
export type Counted = 'key' | 'ip';

/** The limits to requests a second, by key and by address. Without Redis nobody is held up. */
export class RateLimits {
  private readonly limits = new Map<Counted, RateLimit>();
  private readonly refused;
  private readonly opened;

  constructor(
    redis: RedisClient,
    { keyPerSecond, ipPerSecond }: LimitSettings,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    this.refused = metrics.counter('loomi_rate_limited_total', 'Requests refused by a rate limit', ['limit']);
    this.opened = metrics.counter('loomi_rate_limit_open_total', 'Times a rate limit let all in, since Redis did not answer', ['limit']);
    // A counter that first appears at 1 has not risen.
    for (const limit of ['key', 'ip']) for (const counter of [this.refused, this.opened]) counter.inc({ limit }, 0);
    if (keyPerSecond > 0) this.add(redis, 'key', keyPerSecond);
    if (ipPerSecond > 0) this.add(redis, 'ip', ipPerSecond);
  }

  /**
   * Takes one request of the sender's and tells the caller what is left; at once where it can be told.
   * @throws ApiError `too_many_requests` where nothing was left.
   */
  take(counted: Counted, sender: string, reply: FastifyReply): void | Promise<void> {
    const limit = this.limits.get(counted);
    const verdict = limit?.take(sender);
    if (!limit || !verdict) return undefined;
    if (verdict instanceof Promise) return verdict.then((late) => this.tell(counted, limit, late, reply));
    return this.tell(counted, limit, verdict, reply);
  }

  private add(redis: RedisClient, name: Counted, perSecond: number): void {
    const onRedisGone = (error: unknown): void => {
      this.log.warn('rate_limit_open', { name, error });
      this.opened.inc({ limit: name });
    };
    this.limits.set(name, new RateLimit(redis, { name, perSecond }, onRedisGone));
  }

  private tell(counted: Counted, { policy }: RateLimit, verdict: Verdict | null, reply: FastifyReply): void {
    if (!verdict) return;
    const { allowed, left, resetMs } = verdict;
    const seconds = Math.max(1, Math.ceil(resetMs / 1_000));
    // Of an address only what refuses is told: what is left of it is not the app's alone.
    if (allowed && counted === 'ip') return;
    const headers = { 'ratelimit-policy': policy, ratelimit: `"${counted}";r=${left};t=${seconds}` };
    if (allowed) return void reply.headers(headers);
    this.refused.inc({ limit: counted });
    const whose = counted === 'key' ? 'with this API key' : 'from this address';
    throw new ApiError('too_many_requests', `There are too many requests ${whose}: send the same one again after Retry-After.`, {
      headers: { ...headers, 'retry-after': String(seconds) },
    });
  }
}
