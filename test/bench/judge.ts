import { median } from './median.ts';

/** What the product's figure must keep to, measured by its control's. */
export type Goal =
  | { rule: 'at least'; ratio: number }
  /** `most`: nor ever more than this, in the line's unit. */
  | { rule: 'at most'; ratio: number; most?: number }
  /** So many milliseconds more than the control, and no more. */
  | { rule: 'within'; ms: number };

export type Unit = '/s' | 'ms' | 'MiB';

/** One line of the table, as it was measured: a figure a turn, product and control in the same order. */
export interface Line {
  name: string;
  unit: Unit;
  goal: Goal;
  product: readonly number[];
  control: readonly number[];
}

export interface Verdict {
  name: string;
  unit: Unit;
  /** The medians. */
  product: number;
  control: number;
  ratio: number;
  /** The least and the greatest ratio of any pair: how much to believe. */
  between: readonly [number, number];
  /** The ratio that was to be reached, or not to be passed. */
  goal: number;
  rule: 'at least' | 'at most';
  /** The goal as it was set. */
  words: string;
  met: boolean;
}

/** A row that gave no figures, and why. */
export interface Failure {
  name: string;
  error: string;
}

/** Compares the medians; throws where there is nothing to compare. */
export function judge({ name, unit, goal, product, control }: Line): Verdict {
  if (product.length === 0 || product.length !== control.length) throw new Error(`${name}: the turns are not in pairs`);
  const [ours, theirs] = [median(product), median(control)];
  if (![...product, ...control].every((figure) => figure > 0)) throw new Error(`${name}: a figure is nothing`);
  const ratio = ours / theirs;
  const ratios = product.map((figure, turn) => figure / (control[turn] ?? NaN));
  const rule = goal.rule === 'at least' ? 'at least' : 'at most';
  const limit = limitOf(goal, theirs);
  return {
    name,
    unit,
    product: ours,
    control: theirs,
    ratio,
    between: [Math.min(...ratios), Math.max(...ratios)],
    goal: limit,
    rule,
    words: wordsOf(goal, unit),
    met: rule === 'at least' ? ratio >= limit : ratio <= limit,
  };
}

/** Every goal as a ratio. */
function limitOf(goal: Goal, control: number): number {
  if (goal.rule === 'within') return (control + goal.ms) / control;
  return goal.rule === 'at most' ? Math.min(goal.ratio, (goal.most ?? Infinity) / control) : goal.ratio;
}

function wordsOf(goal: Goal, unit: Unit): string {
  if (goal.rule === 'within') return `at most ${goal.ms} ms more`;
  const ratio = `${goal.rule} ${goal.ratio.toFixed(2)}x`;
  return goal.rule === 'at most' && goal.most !== undefined ? `${ratio} and ${goal.most} ${unit}` : ratio;
}

/** How much of its goal a ratio reaches: 1 is just enough, whichever way the goal points. */
export function reached({ ratio, goal, rule }: Verdict): number {
  return rule === 'at least' ? ratio / goal : goal / ratio;
}
