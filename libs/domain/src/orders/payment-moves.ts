/** Where a payment order can stand (contract: order states). */
export const PAYMENT_STATUSES = ['pending', 'processing', 'succeeded', 'failed'] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/** Every legal move of a payment. A status that leads nowhere is final: apps have acted on it. */
export const PAYMENT_MOVES: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
  pending: ['processing', 'failed'],
  processing: ['succeeded', 'failed'],
  succeeded: [],
  failed: [],
};

/**
 * The one way out of a final state: a payment that came too late, where the app chose to accept such ones or an operator
 * accepted this one. It exists only with the record of that choice.
 */
export const PAYMENT_MOVES_BY_CHOICE: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
  pending: [],
  processing: [],
  succeeded: [],
  failed: ['succeeded'],
};

/** Whether apps may act on this status for good. */
export function isFinalPayment(status: PaymentStatus): boolean {
  return PAYMENT_MOVES[status].length === 0;
}
