import { median } from './median.ts';

/** What the product's figure must keep to, measured by its control's. */
export type Goal =
  | { rule: 'at least'; ratio: number }
  | { rule: 'at most'; ratio: number }
  /** So many milliseconds more than the control, and no more. */
  | { rule: 'within'; ms: number };

/** One line of the table, as it was measured: a figure a turn, product and control in the same order. */
export interface Line {
  name: string;
  unit: '/s' | 'ms';
  goal: Goal;
  product: readonly number[];
  control: readonly number[];
}

export interface Verdict {
  name: string;
  unit: '/s' | 'ms';
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
  const limit = goal.rule === 'within' ? (theirs + goal.ms) / theirs : goal.ratio;
  return {
    name,
    unit,
    product: ours,
    control: theirs,
    ratio,
    between: [Math.min(...ratios), Math.max(...ratios)],
    goal: limit,
    rule,
    words: goal.rule === 'within' ? `at most ${goal.ms} ms more` : `${rule} ${limit.toFixed(2)}x`,
    met: rule === 'at least' ? ratio >= limit : ratio <= limit,
  };
}

/** How much of its goal a ratio reaches: 1 is just enough, whichever way the goal points. */
export function reached({ ratio, goal, rule }: Verdict): number {
  return rule === 'at least' ? ratio / goal : goal / ratio;
}
