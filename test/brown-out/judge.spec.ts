import type { Findings, Sample } from './findings.ts';
import { judge } from './judge.ts';

const BUDGET = 100;
const BROWN_SECONDS = 20;
const SECONDS = 60;

/** A run in which all went well: 20 s at five calls a second, then 90 a second until all was found. */
function goodRun(): Findings {
  const samples = Array.from({ length: SECONDS + 1 }, (_, second): Sample => {
    const after = Math.max(0, second - BROWN_SECONDS);
    const query = Math.min(second, BROWN_SECONDS) * 10 + after * 70;
    const create = Math.min(second, BROWN_SECONDS) * 2 + after * 20;
    const found = Math.min(second, BROWN_SECONDS) * 4 + after * 60;
    return { atMs: second * 1_000, open: 3_100 - found, waiting: 100, found, calls: { create, query, close: 0, refund: 0, refund_query: 0 } };
  });
  return {
    options: { orders: 1, seconds: BROWN_SECONDS, perSecond: 5, budget: BUDGET, svg: null },
    samples,
    fromMs: 0,
    toMs: BROWN_SECONDS * 1_000,
    told: [{ status: 202, ms: 5 }],
    paid: new Set(['paid']),
    booked: [
      { id: 'paid', status: 'succeeded', paidAmount: 10, amount: 10, openPages: 0 },
      { id: 'sold', status: 'failed', paidAmount: 0, amount: 10, openPages: 0 },
    ],
    anomalies: [],
    unfinished: [],
  };
}

const redLines = (findings: Findings): string[] => judge(findings).flatMap(({ promise, evidence }) => (evidence.length > 0 ? [promise] : []));
const withSamples = (change: (sample: Sample, second: number) => Partial<Sample>): Findings => {
  const good = goodRun();
  return { ...good, samples: good.samples.map((sample, second) => ({ ...sample, ...change(sample, second) })) };
};
const withCalls = (change: (sample: Sample, second: number) => Partial<Sample['calls']>): Findings =>
  withSamples((sample, second) => ({ calls: { ...sample.calls, ...change(sample, second) } }));

describe('judge', () => {
  it('finds nothing against a good run', () => {
    expect(redLines(goodRun())).toEqual([]);
  });

  const bad: [string, string, () => Findings][] = [
    ['an order that was not accepted', 'orders are accepted all the while', () => ({ ...goodRun(), told: [{ status: 503, ms: 5 }] })],
    ['no orders', 'orders are accepted all the while', () => ({ ...goodRun(), told: [] })],
    ['a second of too many calls', 'calls stay under 100 a second', () => withCalls(({ calls }, second) => ({ query: calls.query + (second > 30 ? 60 : 0) }))],
    ['creates that fill a brown-out', 'questions about money keep their share', () => withCalls((_, second) => ({ create: Math.min(second, BROWN_SECONDS) * 20 + Math.max(0, second - BROWN_SECONDS) * 20 }))],
    ['nothing found in a brown-out', 'questions about money keep their share', () => withSamples(({ found }, second) => ({ found: second > BROWN_SECONDS ? found : 0 }))],
    ['creates that take the questions share', 'questions about money keep their share', () => withCalls(({ calls }) => ({ create: calls.query, query: calls.create }))],
    ['waves', 'the recovery is even, without a stampede', () => withCalls(({ calls }, second) => ({ query: second > BROWN_SECONDS ? Math.floor(second / 12) * 800 : calls.query, create: 0 }))],
    ['a paid order that is not found', 'nothing is stuck afterwards', () => ({ ...goodRun(), booked: [{ id: 'paid', status: 'processing', paidAmount: 10, amount: 10, openPages: 0 }] })],
    ['a page left open', 'nothing is stuck afterwards', () => ({ ...goodRun(), booked: [{ id: 'sold', status: 'failed', paidAmount: 0, amount: 10, openPages: 1 }] })],
    ['an anomaly', 'nothing is stuck afterwards', () => ({ ...goodRun(), anomalies: ['paid_late'] })],
    ['what did not end', 'nothing is stuck afterwards', () => ({ ...goodRun(), unfinished: ['order 1'] })],
  ];
  it.each(bad)('finds %s', (_, promise, findings) => {
    expect(redLines(findings())).toContain(promise);
  });
});
