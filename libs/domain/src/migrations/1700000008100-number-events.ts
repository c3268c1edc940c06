import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The numbering of events as one statement whose plans the connection keeps: planned over all partitions, it costs more than it does. */
export class NumberEvents1700000008100 implements MigrationInterface {
  name = 'NumberEvents1700000008100';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(NUMBERING);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP FUNCTION number_events(integer, bigint, bigint);');
  }
}

// The lock comes first: each statement after it sees all that its last holder committed, or two would give the same number.
// Where the statistics lag behind, as on a day's young partition, the planner would sort all that waits for every batch.
// Whether a relay looks at the streams just then is asked last, by a lock that is let go in the same expression: held until the
// commit it would hold up that relay, and between two statements a time-out could leave it on the connection.
const NUMBERING = `
CREATE FUNCTION number_events(most integer, since_ms bigint, since_seq bigint, OUT head_ms bigint, OUT head_seq bigint,
  OUT others json, OUT numbered json, OUT nobody_looks boolean)
LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_sort = off SET enable_bitmapscan = off AS $$
DECLARE
  ids uuid[];
  now_ms bigint := floor(extract(epoch FROM loomi_now()) * 1000);
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('loomi event numbering')) THEN RETURN; END IF;
  SELECT h.entry_ms, h.entry_seq INTO STRICT head_ms, head_seq FROM event_log_head h;
  IF (since_ms, since_seq) = (head_ms, head_seq) THEN
    others := '[]';
  ELSIF (since_ms, since_seq) < (head_ms, head_seq) THEN
    SELECT coalesce(json_agg(e ORDER BY e.entry_ms, e.entry_seq), '[]') INTO others
    FROM (VALUES ('payment'), ('refund')) k(kind) CROSS JOIN LATERAL (
      SELECT x.entry_ms, x.entry_seq, x.kind, x.app_id, x.fields, x.payment_url FROM events x
      WHERE x.kind = k.kind AND (x.entry_ms, x.entry_seq) > (since_ms, since_seq)
      ORDER BY x.entry_ms, x.entry_seq LIMIT most) e;
  END IF;
  ids := ARRAY(SELECT e.id FROM events e WHERE e.entry_ms IS NULL ORDER BY e.position LIMIT most);
  IF cardinality(ids) > 0 THEN
    IF now_ms > head_ms THEN
      head_ms := now_ms;
      head_seq := -1;
    END IF;
    WITH given AS (
      UPDATE events e SET entry_ms = head_ms, entry_seq = head_seq + array_position(ids, e.id) WHERE e.id = ANY(ids)
      RETURNING e.entry_ms, e.entry_seq, e.kind, e.app_id, e.fields, e.payment_url)
    SELECT json_agg(given ORDER BY given.entry_seq) INTO numbered FROM given;
    head_seq := head_seq + cardinality(ids);
    UPDATE event_log_head SET entry_ms = head_ms, entry_seq = head_seq;
  END IF;
  nobody_looks := pg_try_advisory_lock_shared(hashtext('loomi event relay')) AND pg_advisory_unlock_shared(hashtext('loomi event relay'));
END $$;
REVOKE ALL ON FUNCTION number_events(integer, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION number_events(integer, bigint, bigint) TO loomi_processor;`;
