import { writeFileSync } from 'node:fs';
import { World } from '../e2e/world.ts';
import { scratchFolder } from '../stack/scratch.ts';
import { draw } from './drawing.ts';
import { judge, type Verdict } from './judge.ts';
import { readOptions, TIMEOUT_SECONDS, USAGE, type BrownOutOptions } from './options.ts';
import { FILLING_CALLS_PER_SECOND, runBrownOut } from './run.ts';

const EVIDENCE_SHOWN = 5;
/** Two, so that they have to share. */
const PROCESSORS = 2;
const LONGEST_RUN_MS = 30 * 60_000;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function linesOf({ promise, figures, evidence }: Verdict): string[] {
  const more = evidence.length > EVIDENCE_SHOWN ? [`         and ${evidence.length - EVIDENCE_SHOWN} more`] : [];
  const shown = evidence.slice(0, EVIDENCE_SHOWN).map((text) => `         ${text}`);
  return [`${evidence.length === 0 ? 'ok ' : 'RED'} ${promise}: ${figures}`, ...shown, ...more];
}

/** Starts everything, runs, judges, draws, and stops everything again; gives the exit code. */
async function main(options: BrownOutOptions): Promise<number> {
  const env: NodeJS.ProcessEnv = {
    LAKALA_MAX_CALLS_PER_SECOND: String(FILLING_CALLS_PER_SECOND),
    LAKALA_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS),
    // One app of ours fills the books as many shops would in an hour.
    RATE_LIMIT_KEY_PER_SECOND: '0',
  };
  const world = await World.start({ replicas: { processor: PROCESSORS }, env });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= world.stop());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void stop().finally(() => process.exit(1)));
  }
  const tooLate = setTimeout(() => {
    process.stderr.write('the run does not come to its end\n');
    // What was started is stopped by the registry's watchdog.
    process.exit(2);
  }, LONGEST_RUN_MS);
  try {
    say(`brown-out: ${options.orders} paid orders, ${options.seconds} s at 5 % of ${options.budget} calls a second, ${options.perSecond} new orders a second`);
    const findings = await runBrownOut(world, env, options, say);
    const verdicts = judge(findings);
    for (const line of ['', ...verdicts.flatMap(linesOf)]) say(line);
    if (options.svg !== null) writeFileSync(options.svg, draw(findings));
    const red = verdicts.filter(({ evidence }) => evidence.length > 0).length;
    say(`${verdicts.length - red} passed, ${red} failed`);
    return red === 0 ? 0 : 1;
  } finally {
    await stop();
    await scratchFolder().registry.close();
    clearTimeout(tooLate);
  }
}

let options: BrownOutOptions;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
  process.exit(2);
}
process.exitCode = await main(options);
