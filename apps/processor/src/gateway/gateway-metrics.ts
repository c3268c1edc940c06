import type { LakalaCall } from '#lakala/code-meanings.js';
import type { Metrics } from '#platform/metrics/metrics.js';
import type { CreateBreaker } from './create-breaker.js';
import type { GatewayBudget } from './gateway-budget.js';

interface Meaningful {
  answer: { outcome: string };
}

/** Counts and times the calls to Lakala by what their answers meant. */
export class GatewayMetrics {
  private readonly skew;
  private readonly calls;
  private readonly seconds;

  constructor(metrics: Metrics) {
    this.skew = metrics.gauge('loomi_gateway_clock_skew_seconds', "Lakala's signed time less ours, at the last answer");
    this.calls = metrics.counter('loomi_gateway_calls_total', 'Calls to Lakala by what the answer meant', ['call', 'meaning']);
    this.seconds = metrics.histogram('loomi_gateway_call_seconds', 'How long calls to Lakala take', ['call']);
  }

  /** How far Lakala's signed time is from ours: an answer stands whatever it says, but a clock that drifts must be seen. */
  signedAt(timestampSeconds: number, nowMs: number): void {
    this.skew.set(timestampSeconds - Math.floor(nowMs / 1_000));
  }

  async timed<Word extends Meaningful>(call: LakalaCall, ask: () => Promise<Word>): Promise<Word> {
    const began = performance.now();
    const word = await ask();
    this.calls.inc({ call, meaning: word.answer.outcome });
    this.seconds.observe({ call }, (performance.now() - began) / 1_000);
    return word;
  }
}

/** Shows at each scrape what holds calls to Lakala back. */
export function registerGatewayGauges(metrics: Metrics, breaker: CreateBreaker, budget: GatewayBudget): void {
  metrics.gauge('loomi_gateway_breaker_open', 'Whether creates wait because Lakala answers too few', [], (gauge) =>
    gauge.set(breaker.isClosed ? 0 : 1),
  );
  metrics.gauge('loomi_gateway_budget_share', 'Calls a second that this processor may make', [], (gauge) =>
    gauge.set(budget.standing.callsPerSecond),
  );
  metrics.gauge('loomi_gateway_budget_tokens', 'Calls that could go out at once', [], (gauge) => gauge.set(budget.standing.tokens));
  metrics.gauge('loomi_gateway_creates_in_flight', 'Creates that Lakala has not answered', [], (gauge) =>
    gauge.set(budget.standing.creates),
  );
}
