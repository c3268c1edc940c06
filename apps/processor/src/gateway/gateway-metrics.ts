import type { LakalaCall } from '#lakala/code-meanings.js';
import type { Metrics } from '#platform/metrics/metrics.js';

interface Meaningful {
  answer: { outcome: string };
}

/** Counts and times the calls to Lakala by what their answers meant. */
export class GatewayMetrics {
  constructor(private readonly metrics: Metrics) {}

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
