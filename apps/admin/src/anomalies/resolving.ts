import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { isDecision, RESOLUTIONS_OF, type Resolution } from '#domain/orders/anomaly-resolutions.js';
import { resolveAnomaly } from '#domain/moves/resolve-anomaly.js';
import { recordAct } from '../operator/record-act.js';
import { Refusal } from '../refusal.js';
import { effectOf, type OpenAnomaly } from './effects.js';

export interface ResolveWish {
  id: string;
  as: Resolution;
  reason: string;
  /** Of a refund that succeeded: its number at Lakala. */
  refundTradeNo: string | null;
}

/** What resolving does, or did. */
export interface Resolving {
  anomaly_id: string;
  kind: string;
  as: Resolution;
  reason: string;
  operator: string;
  effect: string;
  applied: boolean;
  /** What the processor carries out, within seconds; null where nothing has to be. */
  decision_id: string | null;
}

/**
 * Resolves an anomaly in the caller's transaction, or only says what that would do. What moves an order or money is a
 * decision for the processor. Refuses what does not fit the anomaly as it stands.
 */
export async function resolveByOperator(
  manager: EntityManager,
  operator: string,
  wish: ResolveWish,
  apply: boolean,
): Promise<Resolving> {
  const anomaly = await lockOpenAnomaly(manager, wish);
  const effect = await effectOf(manager, anomaly, wish);
  const { id, as, reason } = wish;
  const decisionId = apply ? await carryOut(manager, operator, anomaly, wish) : null;
  return { anomaly_id: id, kind: anomaly.kind, as, reason, operator, effect, applied: apply, decision_id: decisionId };
}

async function lockOpenAnomaly(manager: EntityManager, { id, as }: ResolveWish): Promise<OpenAnomaly> {
  const [anomaly] = await manager.query<(OpenAnomaly & { resolution: string | null; resolved: boolean })[]>(
    `SELECT id, kind, payment_order_id, refund_order_id, trade_no, resolution, resolved_at IS NOT NULL AS resolved
     FROM anomalies WHERE id = $1 FOR UPDATE`,
    [id],
  );
  if (anomaly === undefined) throw new Refusal(`there is no anomaly ${id}`);
  if (anomaly.resolved) throw new Refusal(`the anomaly is resolved: ${anomaly.resolution}`);
  if (!RESOLUTIONS_OF[anomaly.kind].includes(as)) {
    throw new Refusal(`an anomaly of the kind ${anomaly.kind} is resolved as ${RESOLUTIONS_OF[anomaly.kind].join(', ')}, not as ${as}`);
  }
  const [open] = await manager.query<{ decision: string }[]>(
    'SELECT decision FROM decisions WHERE anomaly_id = $1 AND carried_out_at IS NULL',
    [id],
  );
  if (open !== undefined) throw new Refusal(`it was decided already, as ${open.decision}, and the processor has not carried that out yet`);
  return anomaly;
}

async function carryOut(manager: EntityManager, operator: string, anomaly: OpenAnomaly, wish: ResolveWish): Promise<string | null> {
  const { id, as, reason, refundTradeNo } = wish;
  const detail = { as, reason, kind: anomaly.kind, ...(refundTradeNo !== null && { refund_trade_no: refundTradeNo }) };
  const actId = await recordAct(manager, operator, { act: 'anomaly.resolve', target: id, detail });
  if (isDecision(as)) {
    const decisionId = uuidv7();
    await manager.query(
      'INSERT INTO decisions (id, anomaly_id, decision, operator_act_id, gateway_refund_id) VALUES ($1, $2, $3, $4, $5)',
      [decisionId, id, as, actId, refundTradeNo],
    );
    return decisionId;
  }
  if (as === 'handled') await resolveAnomaly(manager, { id }, `handled outside: ${reason} (${operator})`);
  else await manager.query('UPDATE refund_orders SET due_at = loomi_now(), failures = 0 WHERE id = $1', [anomaly.refund_order_id]);
  return null;
}
