import type { EntityManager } from 'typeorm';
import type { GatewayAttempt } from '../entities/gateway-attempt.entity.js';
import type { AttemptState } from '../orders/resolve-payment.js';
import { jsonRows } from './json-rows.js';

const BEGUN = ['id', 'paymentOrderId', 'outOrderNo', 'merchantNo', 'termNo', 'amount'] as const;
const SAVED = [
  'id', 'stateBefore', 'state', 'over', 'payOrderNo', 'refusalDefinite', 'refusalCode', 'refusalMessage', 'lastInquiredAt',
  'hintedAt', 'lastError',
] as const;

/** An attempt as it is to be, and the state it must still have in the database. */
export interface ChangedAttempt {
  attempt: GatewayAttempt;
  stateBefore: AttemptState;
}

/** Writes new attempts. */
export async function insertAttempts(em: EntityManager, attempts: readonly GatewayAttempt[]): Promise<void> {
  await em.query(
    `INSERT INTO gateway_attempts (id, payment_order_id, out_order_no, merchant_no, term_no, amount)
     SELECT id, "paymentOrderId", "outOrderNo", "merchantNo", "termNo", amount
     FROM json_to_recordset($1::json) AS begun(id uuid, "paymentOrderId" uuid, "outOrderNo" text, "merchantNo" text,
       "termNo" text, amount bigint)`,
    [jsonRows(attempts, BEGUN)],
  );
}

/**
 * Saves what has changed about attempts.
 * @throws Error where one has another state by now than it is said to have had: the fence against a worker that slept.
 */
export async function updateAttempts(em: EntityManager, changes: readonly ChangedAttempt[]): Promise<void> {
  const [, changed] = await em.query<[unknown, number]>(
    `UPDATE gateway_attempts SET state = now.state, over = now.over, pay_order_no = now."payOrderNo",
       refusal_definite = now."refusalDefinite", refusal_code = now."refusalCode", refusal_message = now."refusalMessage",
       last_inquired_at = now."lastInquiredAt", hinted_at = now."hintedAt", last_error = now."lastError"
     FROM json_to_recordset($1::json) AS now(id uuid, "stateBefore" text, state text, over boolean, "payOrderNo" text,
       "refusalDefinite" boolean, "refusalCode" text, "refusalMessage" text, "lastInquiredAt" timestamptz,
       "hintedAt" timestamptz, "lastError" text)
     WHERE gateway_attempts.id = now.id AND gateway_attempts.state = now."stateBefore" AND gateway_attempts.id = ANY($2)`,
    // The array beside it tells the planner how few there are.
    [jsonRows(changes.map(({ attempt, stateBefore }) => ({ ...attempt, stateBefore })), SAVED), changes.map(({ attempt }) => attempt.id)],
  );
  if (changed === changes.length) return;
  const wanted = changes.map(({ attempt, stateBefore }) => `${attempt.id} ${stateBefore}`).join(', ');
  throw new Error(`of these attempts only ${changed} are as they were: ${wanted}`);
}
