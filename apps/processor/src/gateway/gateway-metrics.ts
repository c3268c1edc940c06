import type { LakalaCall } from '#lakala/code-meanings.js';
import type { Metrics } from '#platform/metrics/metrics.js';

interface Meaningful {
  answer: { outcome: string };
}

/** Counts and times the calls to Lakala by what their answers meant. */
export class GatewayMetrics {
  constructor(private readonly metrics: Metrics) {}

  /** How far Lakala's signed time is from ours: an answer stands whatever it says, but a clock that drifts must be seen. */
  signedAt(timestampSeconds: number, nowMs: number): void {
    this.metrics
      .gauge('loomi_gateway_clock_skew_seconds', "Lakala's signed time less ours, at the last answer")
      .set(timestampSeconds - Math.floor(nowMs / 1_000));
  }

  async timed<Word extends Meaningful>(call: LakalaCall, ask: () => Promise<Word>): Promise<Word> {
    const began = performance.now();
    const word = await ask();
    this.metrics
      .counter('loomi_gateway_calls_total', 'Calls to Lakala by what the answer meant', ['call', 'meaning'])
      .inc({ call, meaning: word.answer.outcome });
    this.metrics
      .histogram('loomi_gateway_call_seconds', 'How long calls to Lakala take', ['call'])
      .observe({ call }, (performance.now() - began) / 1_000);
    return word;
  }
}
