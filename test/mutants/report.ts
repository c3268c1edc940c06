import type { Mutant } from './mutant.ts';
import type { Verdict } from './verdict.ts';

/** A mutant that was tried. */
export interface Tried {
  mutant: Mutant;
  verdict: Verdict;
  seconds: number;
}

/** The result in words: by whom, or why not. */
export function wordsOf(verdict: Verdict): string {
  switch (verdict.outcome) {
    case 'killed':
      return verdict.by;
    case 'survived':
      return 'SURVIVED';
    case 'error':
      return `ERROR: ${verdict.reason}`;
    default:
      return verdict satisfies never;
  }
}

/** A Markdown table, to be pasted where it is wanted. */
export function tableOf(tried: readonly Tried[]): string[] {
  const rows = tried.map(({ mutant, verdict, seconds }) => [mutant.name, mutant.guards, wordsOf(verdict), seconds.toFixed(1)]);
  return [['without', 'which guards', 'killed by', 's'], ['---', '---', '---', '--:'], ...rows].map(
    (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`,
  );
}
