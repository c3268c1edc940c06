import type { RefundOrder } from '../entities/refund-order.entity.js';
import { nextRefundStep, type RefundStep } from '../orders/refund-plan.js';
import { jitterOf } from './locked-payment.js';

/** What is to be done next about a refund order. `mayResend`: whether a number may be sent twice. */
export function planOfRefund(refund: RefundOrder, mayResend: boolean, nowMs: number): RefundStep {
  const { status, sends, unknownSinceSend, gatewayState } = refund;
  const lastSentAtMs = refund.lastSentAt?.getTime() ?? null;
  const lastAskedAtMs = refund.lastAskedAt?.getTime() ?? null;
  const known = { status, sends, unknownSinceSend, gatewayState, lastSentAtMs, lastAskedAtMs };
  return nextRefundStep({ ...known, mayResend }, nowMs, jitterOf(refund.id));
}
