import { SilentLog } from '#platform/logging/log.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { CreateBreaker } from './create-breaker.js';
import { GatewayBudget } from './gateway-budget.js';
import { registerGatewayGauges } from './gateway-metrics.js';

const LOST = { answer: { outcome: 'unknown', cause: 'no answer', signed: false }, callback: null, evidence: null, heard: [] } as const;

test('breaker and budget are shown as they stand at each scrape', async () => {
  let atMs = 0;
  const metrics = new Metrics(false);
  const breaker = new CreateBreaker(new SilentLog());
  const budget = new GatewayBudget(100, breaker, () => atMs);
  registerGatewayGauges(metrics, breaker, budget);
  const shown = async (): Promise<Record<string, number>> => {
    const samples = (await metrics.exposition()).text.matchAll(/^loomi_gateway_(\w+) (.+)$/gm);
    return Object.fromEntries([...samples].map(([, name = '', value = '']): [string, number] => [name, Number(value)]));
  };
  expect(await shown()).toEqual({ breaker_open: 0, budget_share: 0, budget_tokens: 0, creates_in_flight: 0 });
  budget.shareWith(2, 10_000);
  atMs = 1_000;
  budget.takeCreate();
  expect(await shown()).toEqual({ breaker_open: 0, budget_share: 50, budget_tokens: 9, creates_in_flight: 1 });
  for (let n = 0; n < 50; n += 1) await breaker.run(async () => LOST);
  atMs = 11_000;
  expect(await shown()).toEqual({ breaker_open: 1, budget_share: 0, budget_tokens: 0, creates_in_flight: 1 });
});
