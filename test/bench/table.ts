import { reached, type Failure, type Verdict } from './judge.ts';

const BAR_WIDTH = 20;
const HEADERS = ['row', 'product', 'control', 'ratio', 'pairs', 'goal', ''] as const;

/** What came out, as lines: a table, a bar for how much of its goal each row reaches, and what gave no figures. */
export function tableOf(verdicts: readonly Verdict[], failures: readonly Failure[]): string[] {
  const rows = [HEADERS, ...verdicts.map(cellsOf)];
  const widths = HEADERS.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const padded = rows.map((cells) => cells.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join('  ').trimEnd());
  return [...padded, ...failures.map(({ name, error }) => `${name}: no figures: ${error}`)];
}

function cellsOf(verdict: Verdict): string[] {
  const { name, product, control, unit, ratio, between, words, met } = verdict;
  const [least, most] = between;
  return [
    name,
    figure(product, unit),
    figure(control, unit),
    `${ratio.toFixed(2)}x`,
    `${least.toFixed(2)}-${most.toFixed(2)}`,
    words,
    `${bar(reached(verdict))} ${met ? 'met' : 'MISSED'}`,
  ];
}

/** Absolute figures are for interest only, so three digits are enough. */
export function figure(value: number, unit = ''): string {
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${unit}`.trimEnd();
}

/** Twice the goal fills it; the mark in the middle is the goal. */
function bar(share: number): string {
  const middle = BAR_WIDTH / 2;
  const filled = Math.min(BAR_WIDTH, Math.round(share * middle));
  const cells = '#'.repeat(filled).padEnd(BAR_WIDTH, '.');
  return `${cells.slice(0, middle)}|${cells.slice(middle)}`;
}

function pad(cell: string, width: number, column: number): string {
  const isNumber = column >= 1 && column <= 4;
  return isNumber ? cell.padStart(width) : cell.padEnd(width);
}
