import type { EntityManager } from 'typeorm';
import { iso } from '../terminal/values.js';

interface DecisionRow {
  id: string;
  decision: string;
  operator: string | null;
  reason: string | null;
  created_at: Date;
  carried_out_at: Date | null;
  result: string | null;
  failures: number;
  last_error: string | null;
}

/** What was decided about an anomaly, by whom and with what result, oldest first. */
export async function findDecisions(manager: EntityManager, anomalyId: string) {
  const rows = await manager.query<DecisionRow[]>(
    `SELECT d.id, d.decision, coalesce(o.operator, 'the app''s choice') AS operator, o.detail->>'reason' AS reason, d.created_at,
       d.carried_out_at, d.result, d.failures, d.last_error
     FROM decisions d LEFT JOIN operator_acts o ON o.id = d.operator_act_id
     WHERE d.anomaly_id = $1 ORDER BY d.created_at, d.id`,
    [anomalyId],
  );
  return rows.map(({ created_at, carried_out_at, ...row }) => ({
    ...row,
    created_at: iso(created_at),
    carried_out_at: iso(carried_out_at),
  }));
}
