import type { RefundOrder } from '#domain/entities/refund-order.entity.js';
import { planOfRefund } from '#domain/moves/plan-of-refund.js';
import type { RefundStep } from '#domain/orders/refund-plan.js';
import { chinaTime, money, plain } from './line.js';
import type { OrderHistory } from './order-history.js';
import { proofText } from './proof-text.js';
import { refundName } from './refund-lines.js';
import { turnText } from './turn-text.js';
import { lastWordText } from './word-lines.js';

/** What a refund waits for and until when, or why it ended and by which proof. */
export function refundEnding(history: OrderHistory, refund: RefundOrder): string {
  const proof = proofText(history.outcomes.find(({ subjectId }) => subjectId === refund.id));
  switch (refund.status) {
    case 'succeeded':
      return (
        `ended: Lakala gave ${money(refund)} back by trade ${refund.gatewayRefundId}, ${proof}; ` +
        "the payer's bank or wallet may take its time to show it"
      );
    case 'failed':
      return `ended: it failed (${refund.failureCode}: ${plain(refund.failureMessage ?? '')}), ${proof}; its amount can be refunded anew`;
    case 'pending':
      return `waits to be sent to Lakala, ${turnText(refund, history.nowMs)}`;
    case 'processing':
      return [
        "waits for Lakala's signed word, however long that takes, its amount reserved meanwhile",
        nextOf(history, refund),
        lastWordOf(history, refund),
      ].join('; ');
    default:
      return refund.status satisfies never;
  }
}

/** Whether a number may be sent twice is the processor's configuration; where it decides, both are told. */
function nextOf({ nowMs }: OrderHistory, refund: RefundOrder): string {
  const [step, unsent] = [true, false].map((mayResend) => planOfRefund(refund, mayResend, nowMs)) as [RefundStep, RefundStep];
  const otherwise = step.do === unsent.do ? '' : `, or where LAKALA_RESEND_REFUNDS is off, ${stepText(unsent)}`;
  return `${stepText(step)}${otherwise}${step.do === 'wait' ? '' : `, ${turnText(refund, nowMs)}`}`;
}

function stepText(step: RefundStep): string {
  switch (step.do) {
    case 'send':
      return 'it is sent again under the same number';
    case 'ask':
      return 'Lakala is asked what became of it';
    case 'wait':
      return step.untilMs === null ? 'nothing more is planned' : `Lakala is asked what became of it at ${chinaTime(step.untilMs)}`;
    default:
      return step satisfies never;
  }
}

function lastWordOf(history: OrderHistory, { id }: RefundOrder): string {
  const ofRefund = history.words.filter(({ subjectId }) => subjectId === id);
  return lastWordText(ofRefund, refundName(history, id)) ?? 'no answer has come yet';
}
