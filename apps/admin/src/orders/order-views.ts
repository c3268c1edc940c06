import type { StoredEvent } from '#domain/entities/event.entity.js';
import type { GatewayAttempt } from '#domain/entities/gateway-attempt.entity.js';
import type { PaymentOrder } from '#domain/entities/payment-order.entity.js';
import type { RefundOrder } from '#domain/entities/refund-order.entity.js';
import type { Trade } from '#domain/entities/trade.entity.js';
import { iso, yuan } from '../terminal/values.js';

/** Without `extra_data` and the page's address: the one is the app's own, the other whoever has it can pay with. */
export function paymentView(order: PaymentOrder) {
  return {
    id: order.id,
    app_id: order.appId,
    merchant_order_id: order.merchantOrderId,
    status: order.status,
    order_type: order.orderType,
    amount: order.amount,
    amount_yuan: yuan(order.amount),
    refunded_amount: order.refundedAmount,
    refunded_amount_yuan: yuan(order.refundedAmount),
    currency: order.currency,
    subject: order.subject,
    gateway_transaction_id: order.gatewayTransactionId,
    failure_code: order.failureCode,
    failure_message: order.failureMessage,
    created_at: iso(order.createdAt),
    expires_at: iso(order.expiresAt),
    close_requested_at: iso(order.closeRequestedAt),
    paid_at: iso(order.paidAt),
    failed_at: iso(order.failedAt),
    ...workView(order),
  };
}

export function refundView(refund: RefundOrder) {
  return {
    id: refund.id,
    merchant_refund_id: refund.merchantRefundId,
    status: refund.status,
    amount: refund.amount,
    amount_yuan: yuan(refund.amount),
    reason: refund.reason,
    anomaly_id: refund.anomalyId,
    origin_trade_no: refund.originTradeNo,
    out_trade_no: refund.outTradeNo,
    gateway_refund_id: refund.gatewayRefundId,
    log_no: refund.logNo,
    refunded_at: iso(refund.refundedAt),
    gateway_state: refund.gatewayState,
    failure_code: refund.failureCode,
    failure_message: refund.failureMessage,
    sends: refund.sends,
    last_sent_at: iso(refund.lastSentAt),
    last_asked_at: iso(refund.lastAskedAt),
    refusals: refund.refusals,
    refusal_code: refund.refusalCode,
    created_at: iso(refund.createdAt),
    ...workView(refund),
  };
}

export function attemptView(attempt: GatewayAttempt) {
  return {
    out_order_no: attempt.outOrderNo,
    state: attempt.state,
    over: attempt.over,
    begun_at: iso(attempt.begunAt),
    last_inquired_at: iso(attempt.lastInquiredAt),
    pay_order_no: attempt.payOrderNo,
    merchant_no: attempt.merchantNo,
    term_no: attempt.termNo,
    refusal_code: attempt.refusalCode,
    refusal_message: attempt.refusalMessage,
    last_error: attempt.lastError,
  };
}

export function tradeView(trade: Trade) {
  return {
    trade_no: trade.tradeNo,
    log_no: trade.logNo,
    amount: trade.amount,
    amount_yuan: yuan(trade.amount),
    refund_reserved: trade.refundReserved,
    refund_reserved_yuan: yuan(trade.refundReserved),
    pay_mode: trade.payMode,
    acc_trade_no: trade.accTradeNo,
    merchant_no: trade.merchantNo,
    term_no: trade.termNo,
    paid_at: iso(trade.paidAt),
  };
}

export function eventView(event: StoredEvent) {
  const entryId = event.entryMs === null ? null : `${event.entryMs}-${event.entrySeq}`;
  return {
    kind: event.kind,
    subject_id: event.subjectId,
    seq: event.seq,
    status: event.fields['new_status'] ?? null,
    created_at: iso(event.createdAt),
    entry_id: entryId,
    event_id: event.id,
  };
}

function workView({ dueAt, leasedUntil, failures, lastError }: PaymentOrder | RefundOrder) {
  return { due_at: iso(dueAt), leased_until: iso(leasedUntil), failures, last_error: lastError };
}
