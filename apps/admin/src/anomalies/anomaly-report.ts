import type { EntityManager } from 'typeorm';
import { Anomaly } from '#domain/entities/anomaly.entity.js';
import { PaymentOrder } from '#domain/entities/payment-order.entity.js';
import { RefundOrder } from '#domain/entities/refund-order.entity.js';
import { Trade } from '#domain/entities/trade.entity.js';
import { RESOLUTIONS_OF } from '#domain/orders/anomaly-resolutions.js';
import { withoutPayerIdentity } from '#lakala/payer-identity.js';
import { paymentView, refundView, tradeView } from '../orders/order-views.js';
import { signatureView } from '../orders/proof.js';
import { Refusal } from '../refusal.js';
import { facts, table, type Row } from '../terminal/table.js';
import { iso } from '../terminal/values.js';
import { anomalyView } from './anomalies.js';
import { findDecisions } from './decisions.js';

export type AnomalyReport = Awaited<ReturnType<typeof anomalyReport>>;

/** All that an operator needs to decide about an anomaly, and nothing that tells who paid. */
export async function anomalyReport(manager: EntityManager, id: string) {
  const anomaly = await manager.findOneBy(Anomaly, { id });
  if (anomaly === null) throw new Refusal(`there is no anomaly ${id}`);
  const { kind, paymentOrderId, refundOrderId, tradeNo, resolvedAt } = anomaly;
  const order = paymentOrderId === null ? null : await manager.findOneBy(PaymentOrder, { id: paymentOrderId });
  const trade = tradeNo === null ? null : await manager.findOneBy(Trade, { tradeNo });
  const refund = refundOrderId === null ? null : await manager.findOneBy(RefundOrder, { id: refundOrderId });
  const refunds = await manager.find(RefundOrder, { where: { anomalyId: id }, order: { createdAt: 'ASC', id: 'ASC' } });
  return {
    anomaly: { ...viewOf(anomaly), may_be_resolved_as: resolvedAt === null ? RESOLUTIONS_OF[kind] : [] },
    evidence: evidenceView(anomaly),
    order: order && paymentView(order),
    trade: trade && tradeView(trade),
    refund: refund && refundView(refund),
    decisions: (await findDecisions(manager, id)).map((row) => ({ ...row })),
    refunds_for_it: refunds.map(refundView),
  };
}

/** The report for people. */
export function anomalyText(report: AnomalyReport): string {
  const one = (row: Row | null): string => (row === null ? 'none\n' : facts(row));
  const { evidence } = report;
  return [
    `ANOMALY\n${facts(report.anomaly)}`,
    `EVIDENCE\n${one(evidence && { ...evidence, message: JSON.stringify(evidence.message) })}`,
    `PAYMENT ORDER\n${one(report.order)}`,
    `TRADE\n${one(report.trade)}`,
    `REFUND\n${one(report.refund)}`,
    `DECISIONS\n${table(report.decisions)}`,
    `REFUNDS THAT FOLLOWED\n${report.refunds_for_it.length === 0 ? 'none\n' : report.refunds_for_it.map(facts).join('\n')}`,
  ].join('\n');
}

function viewOf(anomaly: Anomaly) {
  const { id, kind, appId, paymentOrderId, refundOrderId, source, createdAt, resolvedAt, resolution, detail } = anomaly;
  const ids = { app_id: appId, payment_order_id: paymentOrderId, refund_order_id: refundOrderId };
  const rest = { source, created_at: createdAt, resolved_at: resolvedAt, resolution, detail };
  return { ...anomalyView({ id, kind, ...ids, ...rest }), trade_no: anomaly.tradeNo };
}

/** Lakala's message as it came, with whatever tells who paid masked. */
function evidenceView(anomaly: Anomaly) {
  if (anomaly.raw === null) return null;
  return { ...signatureView(anomaly), source: anomaly.source, found_at: iso(anomaly.createdAt), message: messageOf(anomaly.raw) };
}

function messageOf(raw: Buffer): unknown {
  try {
    return withoutPayerIdentity(JSON.parse(raw.toString()));
  } catch {
    // What cannot be read cannot be masked, so it is not shown.
    return null;
  }
}
