import type { Calls } from '../e2e/lakala-sandbox.ts';
import type { BrownOutOptions } from './options.ts';

/** How things stood at one moment. */
export interface Sample {
  /** Since the run began. */
  atMs: number;
  /** Orders that have not ended. */
  open: number;
  /** Of these, the ones that wait for a page. */
  waiting: number;
  /** Paid orders that are found. */
  found: number;
  /** Calls that Lakala has seen so far. */
  calls: Calls;
}

/** A create as an app saw it. */
export interface Told {
  status: number | null;
  ms: number;
}

/** An order in both sides' books when all is over. */
export interface Booked {
  id: string;
  status: string;
  /** What Lakala has of the payer's money. */
  paidAmount: number;
  amount: number;
  /** Pages that could still be paid. */
  openPages: number;
}

export interface Findings {
  options: BrownOutOptions;
  samples: readonly Sample[];
  /** When Lakala was browned out. */
  fromMs: number;
  toMs: number;
  told: readonly Told[];
  /** The orders that were paid in silence, by id. */
  paid: ReadonlySet<string>;
  booked: readonly Booked[];
  /** Anomalies that nobody has resolved. */
  anomalies: readonly string[];
  /** What did not come to its end in time. */
  unfinished: readonly string[];
}

export const NO_CALLS: Calls = { create: 0, query: 0, close: 0, refund: 0, refund_query: 0 };

export const KINDS = ['create', 'query', 'close', 'refund', 'refund_query'] as const;

export function totalOf(calls: Calls): number {
  return KINDS.reduce((sum, kind) => sum + calls[kind], 0);
}
