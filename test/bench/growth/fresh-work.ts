import pg from 'pg';
import { APPS } from './life.ts';

/** So much at a time: what falls due, or happens, within a second of a busy service. */
export const BATCH = 200;

/**
 * Orders whose time was over before Lakala gave a page, each with an attempt that was given up: the processor ends them by
 * itself, so that a pass is nothing but work of ours and of the database.
 */
export async function addDueOrders(client: pg.Client): Promise<void> {
  await client.query(
    `WITH fresh AS (
       INSERT INTO payment_orders (id, app_id, merchant_order_id, order_type, amount, subject, expires_in, expires_at)
       SELECT uuidv7(), $1, 'due-' || uuidv7(), 'payment', 1250, 'Two tickets', 60, loomi_now() - interval '1 second'
       FROM generate_series(1, ${BATCH}) RETURNING id),
     numbered AS (SELECT id AS order_id, uuidv7() AS attempt_id FROM fresh)
     INSERT INTO gateway_attempts (id, payment_order_id, out_order_no, state, over, merchant_no, term_no, amount)
     SELECT attempt_id, order_id, replace(attempt_id::text, '-', ''), 'abandoned', true, '82229007392000A', 'D9296381', 1250
     FROM numbered`,
    [APPS[0]],
  );
}

/** Throws where one of them has not failed. */
export async function mustHaveFailed(client: pg.Client): Promise<void> {
  const { rows } = await client.query(
    `SELECT FROM payment_orders WHERE app_id = $1 AND merchant_order_id LIKE 'due-%' AND status <> 'failed' LIMIT 1`,
    [APPS[0]],
  );
  if (rows.length > 0) throw new Error('orders that were due were not worked on');
}

/** Events as the processor writes them, of moves that nobody made. */
export async function addEvents(client: pg.Client): Promise<void> {
  await client.query(
    `INSERT INTO events (id, kind, subject_id, seq, app_id, fields)
     SELECT id, 'payment', id, 1, $1, jsonb_build_object('event_id', id, 'event_type', 'payment_status_changed', 'payment_order_id', id,
       'app_id', $1::text, 'merchant_order_id', 'g000000000000', 'order_type', 'payment', 'old_status', 'processing', 'new_status', 'succeeded',
       'gateway_transaction_id', '2025031166200819100678', 'amount', '1250', 'failure_code', '', 'timestamp', '2026-01-01T00:00:00Z')
     FROM (SELECT uuidv7() AS id FROM generate_series(1, ${BATCH})) fresh`,
    [APPS[0]],
  );
}

/** Throws where one of them is not on the stream. */
export async function mustBeOnStream(client: pg.Client): Promise<void> {
  const { rows } = await client.query(
    `SELECT FROM event_log_head h LEFT JOIN stream_tops t ON t.stream = 'payment_results'
     WHERE (h.entry_ms, h.entry_seq) IS DISTINCT FROM (t.top_ms, t.top_seq) OR EXISTS (SELECT FROM events WHERE entry_ms IS NULL)`,
  );
  if (rows.length > 0) throw new Error('events are not on the stream');
}
