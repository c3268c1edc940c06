import type { EntityManager } from 'typeorm';
import { recordAct } from '../operator/record-act.js';
import { Refusal } from '../refusal.js';

export interface StuckFilter {
  /** So many failures in a row are stuck. */
  minFailures: number;
  /** Open this long after it should have ended is stuck. */
  olderThanSeconds: number;
  limit: number;
}

export interface StuckRow {
  kind: 'payment' | 'refund' | 'notification';
  id: string;
  app_id: string | null;
  status: string;
  failures: number;
  last_error: string | null;
  since: Date;
  age_seconds: number;
  due_at: Date | null;
}

const TABLES = { payment: 'payment_orders', refund: 'refund_orders', notification: 'notifications' } as const;

const STUCK = `
  SELECT 'payment' AS kind, id, app_id, status, failures, last_error, created_at AS since, due_at
  FROM payment_orders
  WHERE failures >= $1
    OR status IN ('pending', 'processing') AND expires_at <= loomi_now() - make_interval(secs => $2)
  UNION ALL
  SELECT 'refund', id, app_id, status, failures, last_error, created_at, due_at
  FROM refund_orders
  WHERE failures >= $1
    OR status IN ('pending', 'processing') AND created_at <= loomi_now() - make_interval(secs => $2)
  UNION ALL
  SELECT 'notification', id, NULL, 'unread', failures, last_error, received_at, due_at
  FROM notifications
  WHERE applied_at IS NULL AND (failures >= $1 OR received_at <= loomi_now() - make_interval(secs => $2))`;

/** What failed or did not end in its time, oldest first. */
export async function findStuck(manager: EntityManager, filter: StuckFilter): Promise<StuckRow[]> {
  return manager.query<StuckRow[]>(
    `SELECT stuck.*, extract(epoch FROM loomi_now() - since)::integer AS age_seconds
     FROM (${STUCK}) AS stuck ORDER BY since, id LIMIT $3`,
    [filter.minFailures, filter.olderThanSeconds, filter.limit],
  );
}

export interface Retried {
  kind: StuckRow['kind'];
  id: string;
}

/** Has the processor look at these now, with their failures forgotten: all of them, or none where one cannot be. */
export async function retry(manager: EntityManager, operator: string, ids: readonly string[]): Promise<Retried[]> {
  const wanted = [...new Set(ids)];
  const retried: Retried[] = [];
  for (const [kind, tableName] of Object.entries(TABLES) as [StuckRow['kind'], string][]) {
    const unread = kind === 'notification' ? 'AND applied_at IS NULL' : '';
    const [rows] = await manager.query<[{ id: string; failures: number }[], number]>(
      `WITH before AS (SELECT id, failures FROM ${tableName} WHERE id = ANY ($1::uuid[]) ${unread} ORDER BY id FOR UPDATE)
       UPDATE ${tableName} AS t SET due_at = loomi_now(), failures = 0
       FROM before WHERE t.id = before.id RETURNING t.id, before.failures`,
      [wanted],
    );
    for (const { id, failures } of rows) {
      retried.push({ kind, id });
      await recordAct(manager, operator, { act: 'stuck.retry', target: id, detail: { kind, failures } });
    }
  }
  const found = new Set(retried.map(({ id }) => id));
  const missing = wanted.filter((id) => !found.has(id));
  if (missing.length > 0) throw new Refusal(`no payment order, refund or unread notification has the id ${missing.join(', ')}`);
  return retried;
}
