import type { CreateBreaker } from './create-breaker.js';

/** Orders and refunds one processor works on at a time: each holds at most one call. */
export const MAX_WORK_IN_HAND = 64;
/** Creates never hold more of it than this, so that a slow Lakala leaves room for questions about money. */
const MAX_CREATES_IN_FLIGHT = 48;
/** The share of the call rate that creates cannot take. */
const RESERVED_SHARE = 0.3;

/** A call that may go out; `end` is called when its answer is here. */
export interface Permit {
  end(): void;
}

/**
 * How many calls a second this processor may make: a token bucket that holds one second's worth. When tokens or
 * connections are short, creates wait and questions about money do not.
 */
export class GatewayBudget {
  private tokens: number;
  private filledAtMs = performance.now();
  private createsInFlight = 0;
  private processors = 1;

  constructor(
    private readonly maxCallsPerSecond: number,
    private readonly breaker: CreateBreaker,
  ) {
    this.tokens = this.capacity;
  }

  /** The calls are divided by the processors that live. */
  divideBy(processors: number): void {
    this.processors = Math.max(1, processors);
  }

  takeCreate(): Permit | null {
    const allowed = this.createsInFlight < MAX_CREATES_IN_FLIGHT && this.breaker.allows(this.createsInFlight);
    if (!allowed || !this.take(1, this.capacity * RESERVED_SHARE)) return null;
    this.createsInFlight += 1;
    return { end: () => (this.createsInFlight -= 1) };
  }

  takeQuestion(calls: number): boolean {
    return this.take(calls, 0);
  }

  private take(calls: number, reserved: number): boolean {
    const nowMs = performance.now();
    const refill = ((nowMs - this.filledAtMs) / 1_000) * (this.maxCallsPerSecond / this.processors);
    this.tokens = Math.min(this.capacity, this.tokens + refill);
    this.filledAtMs = nowMs;
    if (this.tokens - reserved < calls) return false;
    this.tokens -= calls;
    return true;
  }

  // A question may be a close and a query, and creates need one call beside the reserve: fewer than four would starve them.
  private get capacity(): number {
    return Math.max(4, this.maxCallsPerSecond / this.processors);
  }
}
