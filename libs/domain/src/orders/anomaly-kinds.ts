import type { AnomalyKind } from './gateway-answer.js';

// A record, so that a new kind does not compile until it is listed.
const KINDS: Readonly<Record<AnomalyKind, true>> = {
  paid_late: true,
  paid_twice: true,
  wrong_amount: true,
  wrong_merchant: true,
  unknown_order: true,
  refunded_elsewhere: true,
  refund_unclear: true,
  settlement_missing: true,
  settlement_extra: true,
  settlement_different: true,
};

/** Every kind of anomaly there is. */
export const ANOMALY_KINDS = Object.keys(KINDS) as readonly AnomalyKind[];
