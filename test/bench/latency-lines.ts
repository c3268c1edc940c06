import type { Line } from './judge.ts';
import type { Measurement } from './load/jobs.ts';
import type { Turns } from './turns.ts';

/** Far below what the machine can do: nothing waits for its turn. */
export const RATE = 100;

/** Two lines of one row: what most wait, and what the unlucky wait, each at most so much longer than at the control. */
export function latencyLines(name: string, { product, control }: Turns<Measurement>, moreMs: { p50: number; p99: number }): Line[] {
  return [
    {
      name: `${name}-p50`,
      unit: 'ms',
      goal: { rule: 'within', ms: moreMs.p50 },
      product: product.map(({ p50Ms }) => p50Ms),
      control: control.map(({ p50Ms }) => p50Ms),
    },
    {
      name: `${name}-p99`,
      unit: 'ms',
      goal: { rule: 'within', ms: moreMs.p99 },
      product: product.map(({ p99Ms }) => p99Ms),
      control: control.map(({ p99Ms }) => p99Ms),
    },
  ];
}
