import type { StackOptions } from '../stack/stack.ts';
import type { Line } from './judge.ts';
import type { Workplace } from './workplace.ts';

/** One comparison of the table; some give two lines. */
export interface Row {
  name: string;
  /** In words: what is compared with what. */
  compares: string;
  stack: StackOptions;
  /** Run only where slow rows are asked for. */
  isSlow?: boolean;
  measure: (place: Workplace) => Promise<Line[]>;
}

/** The API alone, as it is deployed: nobody works on what it accepts. */
export const API_ALONE: StackOptions = { replicas: { api: 1, processor: 0 } };
