/** Where a refund order can stand. */
export const REFUND_STATUSES = ['pending', 'processing', 'succeeded', 'failed'] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];

/** Every legal move of a refund. It becomes `processing` just before its first call to the gateway. */
export const REFUND_MOVES: Readonly<Record<RefundStatus, readonly RefundStatus[]>> = {
  pending: ['processing', 'failed'],
  processing: ['succeeded', 'failed'],
  succeeded: [],
  failed: [],
};

/** Refunds in these states hold a part of the payment; a failed one has given it back. */
export const REFUND_STATUSES_THAT_RESERVE: readonly RefundStatus[] = ['pending', 'processing', 'succeeded'];

/** Whether apps may act on this status for good. */
export function isFinalRefund(status: RefundStatus): boolean {
  return REFUND_MOVES[status].length === 0;
}
