import { circuitBreaker, CircuitState, handleWhenResult, isBrokenCircuitError, SamplingBreaker } from 'cockatiel';
import type { PaymentWord } from '#domain/moves/apply-payment-answer.js';
import type { Log } from '#platform/logging/log.js';

/** How long no page is asked for once most answers were lost; then one create tries. */
const HALF_OPEN_AFTER_MS = 5_000;
const SAMPLED_MS = 10_000;
/** Every lost answer costs a page that nobody has: at this share of them it is better to wait. */
const LOST_SHARE = 0.8;

/** Stops creates while Lakala does not answer them. Questions about money are never stopped. */
export class CreateBreaker {
  private readonly policy = circuitBreaker(
    handleWhenResult((word) => (word as PaymentWord).answer.outcome === 'unknown'),
    {
      halfOpenAfter: HALF_OPEN_AFTER_MS,
      breaker: new SamplingBreaker({ threshold: LOST_SHARE, duration: SAMPLED_MS, minimumRps: 1 }),
    },
  );
  private closedUntilMs = 0;

  constructor(log: Log) {
    this.policy.onBreak(() => {
      this.closedUntilMs = performance.now() + HALF_OPEN_AFTER_MS;
      log.warn('gateway_breaker_opened', { retry_in_ms: HALF_OPEN_AFTER_MS });
    });
    this.policy.onReset(() => log.info('gateway_breaker_closed'));
  }

  get isClosed(): boolean {
    return this.policy.state === CircuitState.Closed;
  }

  /** Whether a create may go out now; while the breaker tries again, only one at a time. */
  allows(createsInFlight: number): boolean {
    if (this.isClosed) return true;
    return performance.now() >= this.closedUntilMs && createsInFlight === 0;
  }

  /** Makes a call that was allowed, also where the breaker has opened since: that it was begun is committed. */
  async run(create: () => Promise<PaymentWord>): Promise<PaymentWord> {
    try {
      return await this.policy.execute(create);
    } catch (error) {
      if (isBrokenCircuitError(error)) return create();
      throw error;
    }
  }
}
