import type { World } from '../e2e/world.ts';

/**
 * Commits so many payment events of an app that has no orders, numbered already, as a very busy hour would leave them: what
 * stands on a stream is a copy of such rows.
 */
export async function commitManyEvents(world: World, appId: string, count: number): Promise<void> {
  const client = await world.books.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('loomi event numbering'))`);
    await client.query(
      `INSERT INTO events (id, kind, subject_id, seq, app_id, fields, entry_ms, entry_seq)
       SELECT id, 'payment', subject, 1, $1, jsonb_build_object(
           'event_id', id, 'event_type', 'payment_status_changed', 'payment_order_id', subject, 'app_id', $1::text,
           'merchant_order_id', 'MANY-' || n, 'order_type', 'payment', 'old_status', 'processing', 'new_status', 'succeeded',
           'gateway_transaction_id', '66210305000014' || n, 'amount', '10000', 'failure_code', '', 'timestamp', '2026-01-02T03:04:05Z'),
         greatest(head.entry_ms, floor(extract(epoch FROM loomi_now()) * 1000)) + 1, n
       FROM generate_series(1, $2::integer) n
       CROSS JOIN LATERAL (SELECT uuidv7() AS id, uuidv7() AS subject WHERE n > 0) ids CROSS JOIN event_log_head head`,
      [appId, count],
    );
    await client.query(
      `UPDATE event_log_head SET (entry_ms, entry_seq) = (SELECT entry_ms, entry_seq FROM events
         WHERE entry_ms IS NOT NULL ORDER BY entry_ms DESC, entry_seq DESC LIMIT 1)`,
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}
