import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { CACHE_FOLDER } from '../stack/project.ts';
import type { Failure, Verdict } from './judge.ts';
import type { BenchOptions } from './options.ts';

/** What came of a run. */
export interface Report {
  verdicts: readonly Verdict[];
  failures: readonly Failure[];
  options: BenchOptions;
  /** The share of the processors that others took when the run began. */
  busy: number;
}

/** Leaves the figures of this run in `.loomi/bench.json`. Rows that were not run are not in it. */
export function writeReport({ verdicts, failures, options, busy }: Report): void {
  const rows = [
    ...verdicts.map(({ between, ...verdict }) => ({ ...verdict, least: between[0], most: between[1] })),
    ...failures.map(({ name, error }) => ({ name, product: null, control: null, ratio: null, goal: null, met: false, error })),
  ];
  const { seconds, pairs, traces } = options;
  const run = { at: new Date().toISOString(), node: process.version, processors: cpus().length, seconds, pairs, traces, busy };
  const file = join(CACHE_FOLDER, 'bench.json');
  mkdirSync(CACHE_FOLDER, { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify({ rows, run }, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}
