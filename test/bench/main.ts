import { writeFileSync } from 'node:fs';
import { scratchFolder } from '../stack/scratch.ts';
import { draw } from './drawing.ts';
import { judge, type Failure, type Verdict } from './judge.ts';
import { readOptions, USAGE, type BenchOptions } from './options.ts';
import { busyShare, percent, tooBusy } from './quiet-check.ts';
import { writeReport } from './report.ts';
import { ROWS } from './rows.ts';
import type { Row } from './row.ts';
import { tableOf } from './table.ts';
import { withWorkplace } from './workplace.ts';

/** What is prepared, warmed up and tried takes a few times as long as what is measured. */
const LONGEST_RUN_MS = 30 * 60_000;
const LONGEST_PER_SECOND_AND_PAIR_MS = 60_000;
/** To load ten million orders takes minutes, and more than that on a slow disk. */
const LONGEST_SLOW_ROWS_MS = 90 * 60_000;
const MINUTE_MS = 60_000;

const NOT_QUIET = 3;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function runRow(row: Row, options: BenchOptions): Promise<Verdict[]> {
  say(`\n${row.name}: ${row.compares}`);
  const lines = await withWorkplace({ stack: row.stack, options, say }, (place) => row.measure(place));
  return lines.map(judge);
}

/** Checks the machine, runs the rows, prints, draws and writes; gives the exit code: 0 where every goal is met. */
async function main(options: BenchOptions): Promise<number> {
  const busy = await busyShare();
  const objection = tooBusy(busy);
  if (objection !== null && !options.force) {
    process.stderr.write(`${objection}.\nStop them, or measure all the same with --force; the figures will be less exact.\n`);
    return NOT_QUIET;
  }
  say(objection === null ? `the machine is quiet: ${percent(busy)} busy` : `going on though ${objection}`);
  const verdicts: Verdict[] = [];
  const failures: Failure[] = [];
  for (const row of ROWS.filter((one) => isWanted(one, options))) {
    try {
      verdicts.push(...(await runRow(row, options)));
    } catch (error) {
      // A row without figures is told as such, and the others are measured all the same.
      failures.push({ name: row.name, error: error instanceof Error ? error.message : String(error) });
      say(`    no figures: ${failures.at(-1)?.error}`);
    }
  }
  say(['', ...tableOf(verdicts, failures), ''].join('\n'));
  writeReport({ verdicts, failures, options, busy });
  if (options.svg !== null) writeFileSync(options.svg, draw(verdicts, titleOf(options, objection)));
  const missed = verdicts.filter(({ met }) => !met).length + failures.length;
  say(`${verdicts.length + failures.length - missed} met, ${missed} missed; the figures are in .loomi/bench.json`);
  return missed === 0 ? 0 : 1;
}

function isWanted({ name, isSlow = false }: Row, { only, long }: BenchOptions): boolean {
  return only?.includes(name) ?? (long || !isSlow);
}

function titleOf({ pairs, seconds }: BenchOptions, objection: string | null): string {
  const where = objection === null ? '' : ', on a machine that was not quiet';
  return `Ratios against their goals: medians of ${pairs} pairs of ${seconds} s${where}`;
}

/** Runs it within a limit of time; whatever ends it, nothing that it started is left. */
async function runToTheEnd(options: BenchOptions): Promise<number> {
  const { registry } = scratchFolder();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void registry.close().finally(() => process.exit(1)));
  }
  const slowMs = ROWS.some((row) => row.isSlow && isWanted(row, options)) ? LONGEST_SLOW_ROWS_MS + options.minutes * MINUTE_MS : 0;
  const limitMs = Math.max(LONGEST_RUN_MS, options.seconds * options.pairs * LONGEST_PER_SECOND_AND_PAIR_MS) + slowMs;
  const tooLate = setTimeout(() => {
    process.stderr.write('the run does not come to its end\n');
    // What was started is stopped by the registry's watchdog.
    process.exit(2);
  }, limitMs);
  try {
    return await main(options);
  } finally {
    await registry.close();
    clearTimeout(tooLate);
  }
}

let options: BenchOptions;
try {
  options = readOptions(process.argv.slice(2), ROWS.map(({ name }) => name));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
  process.exit(2);
}
process.exitCode = await runToTheEnd(options);
