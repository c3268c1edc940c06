const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export interface AskAgain {
  /** The shortest wait, in milliseconds. */
  atLeastMs: number;
  /** The longest wait, in milliseconds. */
  atMostMs: number;
}

/** A payer takes seconds to pay and the notification is normally faster than we are: ask for those that got lost. */
export const WHILE_PAYABLE: AskAgain = { atLeastMs: 5 * SECOND, atMostMs: 5 * MINUTE };
/** Something has to come to an end and did not yet: an order to be closed, a page that nobody has. */
export const WHILE_IN_DOUBT: AskAgain = { atLeastMs: SECOND, atMostMs: 5 * MINUTE };
/** A refund under way at the gateway. */
export const WHILE_REFUNDING: AskAgain = { atLeastMs: 2 * SECOND, atMostMs: 10 * MINUTE };

/**
 * When to ask again about what has been open since `sinceMs`: half as long as it has been open already, within limits.
 * So it is asked soon at first and ever more rarely, with no counter to keep. `jitter` in [0, 1) spreads those that
 * began together.
 */
export function askAgainAt(nowMs: number, sinceMs: number, schedule: AskAgain, jitter: number): number {
  const halfOfItsAge = Math.max(0, nowMs - sinceMs) / 2;
  const wait = Math.min(schedule.atMostMs, Math.max(schedule.atLeastMs, halfOfItsAge));
  return nowMs + Math.round(wait * (1 + jitter / 4));
}
