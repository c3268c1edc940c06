import type { EntityManager } from 'typeorm';
import type { Anomaly } from '#domain/entities/anomaly.entity.js';
import type { Evidence, EvidenceSource } from '#domain/entities/evidence.js';
import { Trade } from '#domain/entities/trade.entity.js';
import { applyPaymentAnswer } from '#domain/moves/apply-payment-answer.js';
import { beginAnomalyRefund } from '#domain/moves/late-payments.js';
import { lockPayment, reschedule } from '#domain/moves/locked-payment.js';
import type { WriteBatch } from '#domain/moves/write-batch.js';
import type { AnomalyFinding } from '#domain/orders/gateway-answer.js';
import { readKeptWord } from '../gateway/kept-word.js';
import type { Moved } from '../order-journal.js';
import { movesOf } from '../payments/payment-worker.js';

/** What came of a decision, in words for the operator who made it. */
export interface CarriedOut {
  result: string;
  moved: Moved[];
  anomalies: readonly AnomalyFinding[];
  /** It cannot be carried out yet: look again after so long. */
  waitSeconds?: number;
}

const nothing = (result: string): CarriedOut => ({ result, moved: [], anomalies: [] });

/** Lets the failed order succeed by its late payment: Lakala's kept word is applied once more, now with that decision. */
export async function acceptLatePayment(batch: WriteBatch, anomaly: Anomaly, reason: string): Promise<CarriedOut> {
  const { order, trade, locked } = await lockTrade(batch.em, anomaly);
  if (order.status !== 'failed') return nothing(`not accepted, the order is ${order.status}`);
  if (trade.refundReserved > 0) return nothing('not accepted, the payment is being refunded, or was');
  const attempt = locked.attempts.find(({ id }) => id === trade.attemptId);
  if (!attempt) throw new Error(`trade ${trade.tradeNo} is of no attempt of order ${order.id}`);
  const { outOrderNo, merchantNo, amount } = attempt;
  const asked = { outOrderNo, merchantNo, amountFen: amount, expiresAtMs: order.expiresAt.getTime() };
  const word = readKeptWord(evidenceOf(anomaly), asked);
  const accepted = { tradeNo: trade.tradeNo, resolution: `accepted: ${reason}` };
  const applied = await applyPaymentAnswer(batch, locked, attempt, word, accepted);
  if (applied.moves.length === 0) throw new Error(`the evidence of anomaly ${anomaly.id} does not prove trade ${trade.tradeNo}`);
  reschedule(locked);
  batch.saveOrder(order);
  return {
    result: `order ${order.id} succeeded by trade ${trade.tradeNo}`,
    moved: movesOf(order, 'failed', applied.moves),
    anomalies: applied.anomalies,
  };
}

/** Begins the refund of a payment that is not the one its order was paid by; its success resolves the anomaly. */
export async function refundTrade({ em }: WriteBatch, anomaly: Anomaly): Promise<CarriedOut> {
  const { order, trade } = await lockTrade(em, anomaly);
  if (order.gatewayTransactionId === trade.tradeNo) return nothing('not refunded, this trade is the one that paid the order');
  const refundId = await beginAnomalyRefund(em, anomaly.id);
  return nothing(refundId === null ? 'not refunded, a refund of it is under way, or was' : `refund ${refundId} begun`);
}

async function lockTrade(em: EntityManager, { id, paymentOrderId, tradeNo }: Anomaly) {
  if (paymentOrderId === null || tradeNo === null) throw new Error(`anomaly ${id} names no order or no trade`);
  const locked = await lockPayment(em, paymentOrderId);
  const trade = await em.findOneByOrFail(Trade, { tradeNo, paymentOrderId });
  return { locked, order: locked.order, trade };
}

function evidenceOf({ id, source, raw, signedTextPrefix, signature, certificate }: Anomaly): Evidence {
  if (raw === null || signedTextPrefix === null || signature === null || certificate === null) {
    throw new Error(`anomaly ${id} has no signed message`);
  }
  // The time stands before the nonce: of two lines in a notification, of four in an answer.
  const timestampSeconds = Number(signedTextPrefix.split('\n').at(-3));
  return { source: source as EvidenceSource, raw, signedTextPrefix, signature, certificate, timestampSeconds };
}
