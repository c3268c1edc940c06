import { In, type EntityManager } from 'typeorm';
import { GatewayAttempt } from '#domain/entities/gateway-attempt.entity.js';
import { Outcome } from '#domain/entities/outcome.entity.js';
import { PaymentOrder } from '#domain/entities/payment-order.entity.js';
import { RefundOrder } from '#domain/entities/refund-order.entity.js';
import { StoredEvent } from '#domain/entities/event.entity.js';
import { Trade } from '#domain/entities/trade.entity.js';
import { anomalyView, findAnomalies } from '../anomalies/anomalies.js';
import { facts, table } from '../terminal/table.js';
import { attemptView, eventView, paymentView, refundView, tradeView } from './order-views.js';
import { proofView } from './proof.js';

const MAX_ANOMALIES = 200;

export type OrderReport = Awaited<ReturnType<typeof orderReport>>;

/** All that our books hold of a payment order and its refunds, and nothing that tells who paid. */
export async function orderReport(manager: EntityManager, paymentOrderId: string) {
  const order = await manager.findOneByOrFail(PaymentOrder, { id: paymentOrderId });
  const ofOrder = { where: { paymentOrderId } };
  const attempts = await manager.find(GatewayAttempt, { ...ofOrder, order: { begunAt: 'ASC', id: 'ASC' } });
  const trades = await manager.find(Trade, { ...ofOrder, order: { createdAt: 'ASC' } });
  const refunds = await manager.find(RefundOrder, { ...ofOrder, order: { createdAt: 'ASC', id: 'ASC' } });
  const subjects = In([paymentOrderId, ...refunds.map(({ id }) => id)]);
  const events = await manager.find(StoredEvent, { where: { subjectId: subjects }, order: { position: 'ASC' } });
  const outcomes = await manager.find(Outcome, { where: { subjectId: subjects }, order: { recordedAt: 'ASC' } });
  const anomalies = await findAnomalies(manager, { paymentOrderId, resolvedToo: true, limit: MAX_ANOMALIES });
  return {
    order: paymentView(order),
    attempts: attempts.map(attemptView),
    trades: trades.map(tradeView),
    refunds: refunds.map(refundView),
    events: events.map(eventView),
    proofs: outcomes.map(proofView),
    anomalies: anomalies.map(anomalyView),
  };
}

/** The report for people: a line a fact for what is one or long, columns for what is many and short. */
export function reportText(report: OrderReport): string {
  const each = (rows: Parameters<typeof table>[0]): string => (rows.length === 0 ? 'none\n' : rows.map(facts).join('\n'));
  return [
    `PAYMENT ORDER\n${facts(report.order)}`,
    `ATTEMPTS\n${table(report.attempts)}`,
    `TRADES\n${table(report.trades)}`,
    `REFUNDS\n${each(report.refunds)}`,
    `EVENTS\n${table(report.events)}`,
    `PROOFS\n${each(report.proofs)}`,
    `ANOMALIES\n${table(report.anomalies)}`,
  ].join('\n');
}
