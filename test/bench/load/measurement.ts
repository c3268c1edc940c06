import { percentile } from '../median.ts';
import type { Measurement } from './jobs.ts';

/** Throws where nothing was measured. */
export function measurementOf(durationsMs: readonly number[], elapsedMs: number): Measurement {
  if (durationsMs.length === 0) throw new Error('nothing came to its end in the time that counts');
  return {
    count: durationsMs.length,
    perSecond: (durationsMs.length * 1_000) / elapsedMs,
    p50Ms: percentile(durationsMs, 0.5),
    p99Ms: percentile(durationsMs, 0.99),
  };
}
