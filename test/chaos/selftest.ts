import type { ChaosStack } from './chaos-stack.ts';
import type { Findings } from './findings.ts';
import { judge } from './judge.ts';
import { PLANTS, type ChaosOptions } from './options.ts';
import { plant, REDDENS } from './plants.ts';
import { linesOf } from './report.ts';
import { runChaos } from './run.ts';

/** Long enough for refunds to have gone through. */
const MINUTES = 0.5;

/** Runs for half a minute, then plants each wrong into the books: the line that is about it must turn red by it. */
export async function selftest(stack: ChaosStack, options: ChaosOptions, say: (line: string) => void): Promise<boolean> {
  let findings: Findings = await runChaos(stack, { ...options, minutes: MINUTES }, say);
  let allFound = true;
  for (const line of ['', 'before anything is planted:', ...linesOf(judge(findings))]) say(line);
  for (const kind of PLANTS) {
    const before = evidenceOf(findings, REDDENS[kind]);
    findings = await plant(kind, stack, findings);
    const fresh = evidenceOf(findings, REDDENS[kind]).filter((text) => !before.includes(text));
    allFound &&= before.length === 0 && fresh.length > 0;
    say(`planted ${kind}: ${REDDENS[kind]} ${before.length > 0 ? 'was red before' : fresh.length > 0 ? `turned red: ${fresh[0]}` : 'DID NOT NOTICE'}`);
  }
  say(allFound ? 'selftest: every plant was found' : 'selftest: FAILED');
  return allFound;
}

function evidenceOf(findings: Findings, guarantee: string): string[] {
  return judge(findings).find((verdict) => verdict.guarantee === guarantee)?.evidence ?? [];
}
