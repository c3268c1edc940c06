import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { App } from '../entities/app.entity.js';
import type { LatePaymentChoice } from '../orders/late-payment.js';

/** What the app wants late payments to become, as it stands now. */
export async function latePaymentChoice(em: EntityManager, appId: string): Promise<LatePaymentChoice> {
  return (await em.findOneByOrFail(App, { appId })).latePayment;
}

/**
 * Keeps what the app's choice makes of a late payment, in the transaction that found it, and begins the refund where that
 * is the choice. Throws where the app chose otherwise a moment ago: then all of it is done again.
 */
export async function decideByChoice(em: EntityManager, anomalyId: string, chosen: 'refund' | 'accept'): Promise<void> {
  const decisionId = uuidv7();
  await em.query(
    `INSERT INTO decisions (id, anomaly_id, decision, carried_out_at, result) VALUES ($1, $2, $3, loomi_now(), 'begun at once')`,
    [decisionId, anomalyId, chosen],
  );
  if (chosen === 'refund' && (await beginAnomalyRefund(em, anomalyId)) === null) {
    throw new Error(`the trade of anomaly ${anomalyId} is new, and a part of it is reserved`);
  }
}

/**
 * Reserves the whole of an anomaly's trade and writes the refund, which is then sent like any other; no app hears of it.
 * Gives its id, or null where some of the trade is being refunded, or was.
 */
export async function beginAnomalyRefund(em: EntityManager, anomalyId: string): Promise<string | null> {
  const [, reserved] = await em.query<[unknown, number]>(
    `UPDATE trades t SET refund_reserved = t.amount FROM anomalies n
     WHERE n.id = $1 AND t.trade_no = n.trade_no AND t.refund_reserved = 0`,
    [anomalyId],
  );
  if (reserved !== 1) return null;
  const id = uuidv7();
  await em.query(
    `INSERT INTO refund_orders (id, app_id, payment_order_id, origin_trade_no, out_trade_no, amount, reason, anomaly_id)
     SELECT $1, p.app_id, p.id, t.trade_no, $2, t.amount,
       CASE n.kind WHEN 'paid_late' THEN 'late payment' ELSE 'second payment' END, n.id
     FROM anomalies n JOIN trades t ON t.trade_no = n.trade_no JOIN payment_orders p ON p.id = t.payment_order_id
     WHERE n.id = $3`,
    [id, id.replaceAll('-', ''), anomalyId],
  );
  return id;
}
