import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../stack/scratch.ts';
import { startChaosStack, type ChaosStack } from './chaos-stack.ts';
import { isGreen } from './findings.ts';
import { judge } from './judge.ts';
import { readOptions, USAGE, type ChaosOptions } from './options.ts';
import { plant } from './plants.ts';
import { countsOf, linesOf } from './report.ts';
import { runChaos } from './run.ts';
import { scheduleOf } from './schedule.ts';
import { selftest } from './selftest.ts';

/** Patience for what is open at the end, the books, and slow machines. */
const LONGEST_END_MS = 15 * 60_000;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function showPlan({ seed, minutes }: ChaosOptions): void {
  for (const [track, strikes] of Object.entries(scheduleOf(seed, minutes))) {
    for (const strike of strikes as object[]) say(`${track}: ${JSON.stringify(strike)}`);
  }
}

/** Gives whether every line is green. */
async function chaos(stack: ChaosStack, options: ChaosOptions): Promise<boolean> {
  if (options.selftest) return selftest(stack, options, say);
  say(`chaos with seed ${options.seed} for ${options.minutes} minutes, ${options.perSecond} orders a second`);
  let findings = await runChaos(stack, options, say);
  if (options.plant !== null) findings = await plant(options.plant, stack, findings);
  const verdicts = judge(findings);
  for (const line of ['', ...countsOf(findings), '', ...linesOf(verdicts)]) say(line);
  const red = verdicts.filter((verdict) => !isGreen(verdict));
  say(`seed ${options.seed}: ${verdicts.length - red.length} passed, ${red.length} failed`);
  return red.length === 0;
}

function keepLogs({ logFolder, postgres, redis }: ChaosStack, folder: string): void {
  cpSync(logFolder, folder, { recursive: true });
  for (const [index, service] of [...postgres.services, redis.service].entries()) {
    cpSync(service.logFile, join(folder, `${service.name}-${index + 1}.log`));
  }
}

/** Starts everything, strikes, judges, and stops everything again; gives the exit code. */
async function main(options: ChaosOptions): Promise<number> {
  const stack = await startChaosStack();
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= stack.stop());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void stop().finally(() => process.exit(1)));
  }
  const tooLate = setTimeout(() => {
    process.stderr.write('the run does not come to its end\n');
    // What was started is stopped by the registry's watchdog.
    process.exit(2);
  }, options.minutes * 60_000 + LONGEST_END_MS);
  try {
    return (await chaos(stack, options)) ? 0 : 1;
  } finally {
    await stop();
    if (options.keepLogs !== null) keepLogs(stack, options.keepLogs);
    await scratchFolder().registry.close();
    clearTimeout(tooLate);
  }
}

let options: ChaosOptions;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
  process.exit(2);
}
if (options.plan) showPlan(options);
else {
  const code = await main(options).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return 2;
  });
  // A connection that some fault has left half open would keep the process for minutes.
  process.stdout.write('', () => process.exit(code));
}
