import type { OperatorAct } from '#domain/entities/operator-act.entity.js';
import type { AnomalyRow } from '../anomalies/anomalies.js';
import { ours, Rank, type Line } from './line.js';
import type { OrderHistory } from './order-history.js';
import { paymentLines } from './payment-lines.js';
import { refundLines } from './refund-lines.js';

/** Everything that happened to an order and its refunds, in the order it happened. */
export function timelineOf(history: OrderHistory): Line[] {
  const lines = [
    ...paymentLines(history),
    ...history.refunds.flatMap((refund) => refundLines(history, refund)),
    ...history.anomalies.flatMap((anomaly) => anomalyLines(anomaly, history.order.id)),
    ...history.acts.map((act) => actLine(act, history)),
  ];
  return lines.sort((a, b) => a.at.getTime() - b.at.getTime() || a.rank - b.rank);
}

function anomalyLines(anomaly: AnomalyRow, orderId: string): Line[] {
  const about = anomaly.refund_order_id ?? orderId;
  const noticed = `noticed an anomaly, ${anomaly.kind}: ${ours(anomaly.detail)} (${anomaly.id})`;
  const lines: Line[] = [{ at: anomaly.created_at, who: 'us', about, rank: Rank.Noticed, what: noticed }];
  if (anomaly.resolved_at !== null) {
    const what = `anomaly ${anomaly.kind} is resolved: ${ours(anomaly.resolution ?? '')}`;
    lines.push({ at: anomaly.resolved_at, who: 'operator', about, rank: Rank.Acted, what });
  }
  return lines;
}

function actLine({ operator, act, target, detail, createdAt }: OperatorAct, { order, refunds }: OrderHistory): Line {
  const about = refunds.some(({ id }) => id === target) ? target : order.id;
  const known = Object.entries(detail).flatMap(([name, value]) =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? `${name} ${ours(String(value))}` : [],
  );
  const what = `${ours(operator)}: ${act} ${target}${known.length > 0 ? ` (${known.join(', ')})` : ''}`;
  return { at: createdAt, who: 'operator', about, rank: Rank.Acted, what };
}
