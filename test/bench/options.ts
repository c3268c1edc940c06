import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** The rows to run, slow ones among them; null: all. */
  only: readonly string[] | null;
  /** Where all are run, the slow ones too. */
  long: boolean;
  /** How long one measurement takes, after its warm-up. */
  seconds: number;
  /** How often product and control are measured in turn. */
  pairs: number;
  /** How long the service is under load where its memory is watched. */
  minutes: number;
  /** In the tables of the service that has grown. */
  orders: number;
  /** The share of the orders whose traces are sent to a collector; null: there is none. */
  traces: number | null;
  /** Goes on where the machine is not quiet. */
  force: boolean;
  /** Where to draw the ratios; null: nowhere. */
  svg: string | null;
}

/** Fewer have no median that leaves out the one measurement that went wrong. */
const LEAST_PAIRS = 3;

export const USAGE = `npm run bench -- [--long] [--only ROW,ROW] [--seconds S] [--pairs N] [--traces SHARE] [--svg FILE] [--force]
  --long     the slow rows too: memory and growth
  --only     these rows only
  --seconds  how long each measurement takes (4)
  --pairs    how often product and control take turns (${LEAST_PAIRS} at least)
  --minutes  how long memory is watched (10)
  --orders   how many the service that has grown has (10000000)
  --traces   sends the traces of this share of the orders, from 0 to 1, to a collector
  --svg      draws the ratios against their goals
  --force    measures though the machine is not quiet; --noisy is the same`;

/** Reads the command line; throws with what is wrong with it. */
export function readOptions(args: readonly string[], rows: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true },
      seconds: { type: 'string', default: '4' },
      long: { type: 'boolean', default: false },
      minutes: { type: 'string', default: '10' },
      orders: { type: 'string', default: '10000000' },
      pairs: { type: 'string', default: String(LEAST_PAIRS) },
      traces: { type: 'string' },
      svg: { type: 'string' },
      force: { type: 'boolean', default: false },
      noisy: { type: 'boolean', default: false },
    },
  });
  return {
    only: values.only === undefined ? null : known(values.only.flatMap((names) => names.split(',')), rows),
    long: values.long,
    seconds: numberIn('--seconds', values.seconds, 1, 600),
    pairs: numberIn('--pairs', values.pairs, LEAST_PAIRS, 99),
    minutes: numberIn('--minutes', values.minutes, 1, 600),
    orders: numberIn('--orders', values.orders, 100_000, 100_000_000),
    traces: values.traces === undefined ? null : shareOf(values.traces),
    force: values.force || values.noisy,
    svg: values.svg ?? null,
  };
}

function known(names: readonly string[], rows: readonly string[]): readonly string[] {
  const strange = names.find((name) => !rows.includes(name));
  if (strange !== undefined) throw new Error(`--only ${strange}: there is no such row; there are ${rows.join(', ')}`);
  return names;
}

function shareOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) throw new Error('--traces is a number from 0 to 1');
  return value;
}

function numberIn(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) throw new Error(`${name} is a whole number from ${least} to ${most}`);
  return value;
}
