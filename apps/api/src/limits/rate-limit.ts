import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { withinLimit } from '#platform/clock/within-limit.js';
import type { RedisClient } from '#platform/redis/redis.js';

const WINDOW_SECONDS = 1;
/** A replica takes so many parts of a limit from Redis in one window at most, and serves each part from memory. */
const PARTS = 20;
/** Who waits for Redis for longer is let in: a limit protects the service, and must not be what stops it. */
const PATIENCE_MS = 250;
/** Without Redis all are let in, and it is asked again after this. */
const OPEN_FOR_MS = 1_000;
/** Those of whom nothing was heard for longest are forgotten first; they lose no more than the rest of a part. */
const MAX_REMEMBERED = 10_000;

/** Whether a request may go on, and what is left to its sender in the window that ends in `resetMs`. */
export interface Verdict {
  readonly allowed: boolean;
  readonly left: number;
  readonly resetMs: number;
}

interface Share {
  /** Of what was taken from Redis and is not used yet. */
  permits: number;
  /** Of what nobody has taken, when Redis was last asked. */
  left: number;
  endsAtMs: number;
  asking: Promise<boolean> | undefined;
}

/**
 * Counts the requests of each sender over all replicas, in Redis, by windows of a second. Of a busy sender a part of the
 * limit is taken at once, so that most requests ask nobody.
 */
export class RateLimit {
  private readonly limiter: RateLimiterRedis;
  private readonly part: number;
  private readonly shares = new Map<string, Share>();
  private openUntilMs = 0;
  private isOpen = false;

  /** @param onRedisGone called once for each time that Redis is found not to answer, however long that lasts. */
  constructor(
    redis: RedisClient,
    private readonly limit: { readonly name: string; readonly perSecond: number },
    private readonly onRedisGone: (error: unknown) => void,
  ) {
    const { name, perSecond } = limit;
    this.part = Math.max(1, Math.floor(perSecond / PARTS));
    this.limiter = new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: `rate_limit:${name}`,
      points: perSecond,
      duration: WINDOW_SECONDS,
      rejectIfRedisNotReady: true,
    });
  }

  /** What `RateLimit-Policy` says of it. */
  get policy(): string {
    return `"${this.limit.name}";q=${this.limit.perSecond};w=${WINDOW_SECONDS}`;
  }

  /** Takes one request of the sender's; at once where it can be told. Null: let it in uncounted, Redis does not answer. */
  take(sender: string): Verdict | null | Promise<Verdict | null> {
    const share = this.shareOf(sender);
    return this.fromMemory(share) ?? this.fromRedis(sender, share);
  }

  private fromMemory(share: Share): Verdict | undefined {
    const resetMs = share.endsAtMs - performance.now();
    if (resetMs <= 0) return undefined;
    if (share.permits > 0) {
      share.permits -= 1;
      return { allowed: true, left: share.left + share.permits, resetMs };
    }
    return share.left === 0 ? { allowed: false, left: 0, resetMs } : undefined;
  }

  private async fromRedis(sender: string, share: Share): Promise<Verdict | null> {
    while (performance.now() >= this.openUntilMs) {
      // Many requests of one sender wait for one question.
      share.asking ??= this.ask(sender, share).finally(() => (share.asking = undefined));
      if (!(await share.asking)) return null;
      const verdict = this.fromMemory(share);
      if (verdict) return verdict;
    }
    return null;
  }

  /** Takes a part of the sender's limit; false where Redis does not answer. */
  private async ask(sender: string, share: Share): Promise<boolean> {
    const answer = await withinLimit(this.consume(sender), PATIENCE_MS, new Error(`no answer within ${PATIENCE_MS} ms`));
    const nowMs = performance.now();
    if (answer instanceof Error) {
      if (!this.isOpen) this.onRedisGone(answer);
      this.isOpen = true;
      this.openUntilMs = nowMs + OPEN_FOR_MS;
      return false;
    }
    this.isOpen = false;
    const { consumedPoints, remainingPoints, msBeforeNext } = answer;
    const beyond = Math.max(0, consumedPoints - this.limit.perSecond);
    share.permits = Math.max(0, this.part - beyond);
    share.left = remainingPoints;
    share.endsAtMs = nowMs + msBeforeNext;
    return true;
  }

  private async consume(sender: string): Promise<RateLimiterRes | Error> {
    try {
      return await this.limiter.consume(sender, this.part);
    } catch (refusal) {
      // The library throws its answer where it is a refusal.
      if (refusal instanceof RateLimiterRes) return refusal;
      return refusal instanceof Error ? refusal : new Error(String(refusal));
    }
  }

  private shareOf(sender: string): Share {
    const known = this.shares.get(sender);
    if (known) return known;
    const share: Share = { permits: 0, left: 0, endsAtMs: 0, asking: undefined };
    this.shares.set(sender, share);
    const [oldest] = this.shares.size > MAX_REMEMBERED ? this.shares.keys() : [];
    if (oldest !== undefined) this.shares.delete(oldest);
    return share;
  }
}
