import { parseArgs } from 'node:util';

export interface BrownOutOptions {
  /** How many paid orders nobody tells us about. */
  orders: number;
  /** How long Lakala is browned out. */
  seconds: number;
  /** New orders a second, all the while. */
  perSecond: number;
  /** Calls a second that Lakala can take, and that we may make. */
  budget: number;
  /** Where to draw what was seen; null: nowhere. */
  svg: string | null;
}

/** How long a call waits for Lakala's answer. */
export const TIMEOUT_SECONDS = 10;

/** What is left of Lakala's capacity. */
export const CAPACITY_LEFT = 0.05;

export const USAGE = `npm run brown-out -- [--orders N] [--seconds S] [--rate ORDERS_PER_SECOND] [--budget CALLS_PER_SECOND] [--svg FILE]
  --short   1000 orders and 25 seconds`;

/** Reads the command line; throws with what is wrong with it. */
export function readOptions(args: readonly string[]): BrownOutOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      orders: { type: 'string' },
      seconds: { type: 'string' },
      rate: { type: 'string', default: '5' },
      budget: { type: 'string', default: '100' },
      svg: { type: 'string' },
      short: { type: 'boolean', default: false },
    },
  });
  return {
    orders: numberIn('--orders', values.orders ?? (values.short ? '1000' : '10000'), 1, 100_000),
    seconds: numberIn('--seconds', values.seconds ?? (values.short ? '25' : '60'), 5, 3_600),
    perSecond: numberIn('--rate', values.rate, 0.1, 100),
    budget: numberIn('--budget', values.budget, 20, 10_000),
    svg: values.svg ?? null,
  };
}

function numberIn(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most)) throw new Error(`${name} is a number from ${least} to ${most}`);
  return value;
}
