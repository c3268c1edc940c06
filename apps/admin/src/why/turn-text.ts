import { chinaTime, plain } from './line.js';

/** What an order's or refund's row says of who works on it when. */
export interface WorkColumns {
  dueAt: Date | null;
  leasedUntil: Date | null;
  failures: number;
  lastError: string | null;
}

/** When a step that is due is taken. */
export function turnText({ dueAt, leasedUntil, failures, lastError }: WorkColumns, nowMs: number): string {
  if (leasedUntil !== null && leasedUntil.getTime() > nowMs) return 'a processor is at it now';
  if (dueAt === null) return 'no processor is to look at it';
  if (dueAt.getTime() <= nowMs) return `it is due since ${chinaTime(dueAt)}: a running processor takes it up within a second`;
  const count = failures === 1 ? 'a failure' : `${failures} failures in a row`;
  const why = failures > 0 ? `, after ${count} (${plain(lastError ?? 'no reason kept')})` : '';
  return `at its next turn at ${chinaTime(dueAt)}${why}`;
}
