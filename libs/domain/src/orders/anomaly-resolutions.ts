import type { AnomalyKind } from './gateway-answer.js';

/**
 * What an operator may decide about an anomaly. `handled`: it was dealt with outside this service. `ask`: the gateway is
 * asked once more, and the anomaly stays. The others are carried out by the processor.
 */
export const RESOLUTIONS = ['handled', 'refund', 'accept', 'refund_failed', 'refund_succeeded', 'ask'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

/** What a processor has to carry out: it moves an order or money. */
export type Decision = Exclude<Resolution, 'handled' | 'ask'>;

/** What each kind of anomaly may be resolved as. */
export const RESOLUTIONS_OF: Readonly<Record<AnomalyKind, readonly Resolution[]>> = {
  paid_late: ['handled', 'refund', 'accept'],
  paid_twice: ['handled', 'refund'],
  wrong_amount: ['handled'],
  wrong_merchant: ['handled'],
  unknown_order: ['handled'],
  refunded_elsewhere: ['handled'],
  refund_unclear: ['handled', 'refund_failed', 'refund_succeeded', 'ask'],
  settlement_missing: ['handled'],
  settlement_extra: ['handled'],
  settlement_different: ['handled'],
};

/** Whether the processor has to carry it out. */
export function isDecision(resolution: Resolution): resolution is Decision {
  return resolution !== 'handled' && resolution !== 'ask';
}
