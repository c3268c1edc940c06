import { textWithoutPayerIdentity } from '#lakala/payer-identity.js';
import { scrub } from '#platform/logging/scrub.js';
import { yuan } from '../terminal/values.js';

export type Who = 'app' | 'us' | 'Lakala' | 'operator';

/** One thing that happened, in plain words. */
export interface Line {
  at: Date;
  who: Who;
  /** The payment order or refund it happened to. */
  about: string;
  what: string;
  /** Of two in the same millisecond the lower happened first. */
  rank: Rank;
  /** Of what was said several times on end: when it was last. */
  lastAt?: Date;
  times?: number;
  traceId?: string | null;
}

/** What brings about what, where the clock cannot tell. */
export enum Rank {
  Request,
  Begun,
  Heard,
  Booked,
  Moved,
  RefundRequest,
  RefundBegun,
  RefundHeard,
  RefundMoved,
  Noticed,
  Acted,
}

const MAX_TEXT_LENGTH = 300;
const CHINA_OFFSET_MS = 8 * 60 * 60 * 1_000;

/** As clocks in China show it, where payers, apps and Lakala's back office are. */
export function chinaTime(moment: Date | number): string {
  return new Date(Number(moment) + CHINA_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ');
}

export function money({ amount, currency }: { amount: number; currency: string }): string {
  return `${yuan(amount)} ${currency}`;
}

/** A text of our own or an operator's, in one line, with secrets masked. */
export function ours(text: string): string {
  return scrub(text, MAX_TEXT_LENGTH).replaceAll(/\p{C}+/gu, ' ').trim();
}

/** A text that Lakala or an app wrote freely: who paid is masked too. */
export function plain(text: string): string {
  return ours(textWithoutPayerIdentity(text));
}
