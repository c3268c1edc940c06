import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The event log that the streams copy, the webhook inbox, and the processors' register. */
export class CreateEventLogAndInbox1700000002000 implements MigrationInterface {
  name = 'CreateEventLogAndInbox1700000002000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(PARTITIONS);
    await queryRunner.query(EVENTS);
    await queryRunner.query(STREAMS);
    await queryRunner.query(INBOX);
    await queryRunner.query(PROCESSORS);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE processors, notifications, notification_keys, stream_groups, stream_tops, event_log_head, events;
      DROP FUNCTION add_partition(text, date), drop_partitions(text, timestamptz), uuidv7_floor(timestamptz);
      DROP SEQUENCE event_positions;`);
  }
}

// Only these two functions, owned by the migrating role, may add or drop a partition.
const PARTITIONS = `
CREATE FUNCTION uuidv7_floor(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

CREATE FUNCTION add_partition(parent text, day date) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
  partition_name text := parent || '_' || to_char(day, 'YYYYMMDD');
BEGIN
  IF parent NOT IN ('events', 'notifications') THEN RAISE EXCEPTION 'no partitions are kept for %', parent; END IF;
  IF to_regclass(partition_name) IS NOT NULL THEN RETURN false; END IF;
  EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', partition_name, parent,
    uuidv7_floor(day::timestamp AT TIME ZONE 'UTC'), uuidv7_floor((day + 1)::timestamp AT TIME ZONE 'UTC'));
  RETURN true;
END $$;

-- A partition goes only as a whole day older than the given moment, with every message in it applied and every event in
-- it on its stream.
CREATE FUNCTION drop_partitions(parent text, older_than timestamptz) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
  candidate record;
  needed boolean;
  dropped integer := 0;
BEGIN
  IF parent NOT IN ('events', 'notifications') THEN RAISE EXCEPTION 'no partitions are kept for %', parent; END IF;
  FOR candidate IN
    SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = parent::regclass AND c.relname ~ '_[0-9]{8}$'
      AND to_date(right(c.relname, 8), 'YYYYMMDD') + 1 <= (older_than AT TIME ZONE 'UTC')::date
    ORDER BY c.relname
  LOOP
    IF parent = 'events' THEN
      EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I e LEFT JOIN stream_tops t ON t.stream = e.kind || ''_results''
        WHERE e.entry_ms IS NULL OR t.stream IS NULL OR (e.entry_ms, e.entry_seq) > (t.top_ms, t.top_seq))',
        candidate.name) INTO needed;
    ELSE
      EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I WHERE applied_at IS NULL)', candidate.name) INTO needed;
    END IF;
    CONTINUE WHEN needed;
    IF parent = 'events' THEN
      EXECUTE format('UPDATE event_log_head h SET dropped_ms = d.entry_ms, dropped_seq = d.entry_seq
        FROM (SELECT entry_ms, entry_seq FROM %I ORDER BY entry_ms DESC, entry_seq DESC LIMIT 1) d
        WHERE (d.entry_ms, d.entry_seq) > (h.dropped_ms, h.dropped_seq)', candidate.name);
    END IF;
    EXECUTE format('DROP TABLE %I', candidate.name);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$;`;

// position is drawn under the order's row lock, so it orders the events of one order as they happened; the entry id is
// given once, by one writer at a time, and only ever raised where a stranger wrote to the stream.
const EVENTS = `
CREATE SEQUENCE event_positions;
CREATE TABLE events (
  id uuid NOT NULL CONSTRAINT events_pk PRIMARY KEY,
  position bigint NOT NULL DEFAULT nextval('event_positions'),
  kind text NOT NULL,
  subject_id uuid NOT NULL,
  seq integer NOT NULL,
  app_id text NOT NULL,
  fields jsonb NOT NULL,
  payment_url text,
  entry_ms bigint,
  entry_seq bigint,
  created_at timestamptz NOT NULL DEFAULT loomi_now(),
  CONSTRAINT events_kind_known CHECK (kind IN ('payment', 'refund')),
  CONSTRAINT events_entry_whole CHECK ((entry_ms IS NULL) = (entry_seq IS NULL))
) PARTITION BY RANGE (id);
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE INDEX events_unnumbered ON events (position) WHERE entry_ms IS NULL;
CREATE INDEX events_by_kind ON events (kind, entry_ms, entry_seq);
CREATE INDEX events_by_app ON events (app_id, entry_ms, entry_seq);
CREATE INDEX events_by_subject ON events (subject_id, seq);

CREATE TABLE event_log_head (
  one boolean NOT NULL DEFAULT true CONSTRAINT event_log_head_pk PRIMARY KEY CONSTRAINT event_log_head_single CHECK (one),
  entry_ms bigint NOT NULL DEFAULT 0,
  entry_seq bigint NOT NULL DEFAULT 0,
  dropped_ms bigint NOT NULL DEFAULT 0,
  dropped_seq bigint NOT NULL DEFAULT 0
);
INSERT INTO event_log_head DEFAULT VALUES;`;

// What the relay last saw of each stream: its top, the server it was on, and the apps' consumer groups, to put them back
// after a loss. begin is where an empty stream begins: after this entry id. While a stream is healing, no group is
// looked at, or the remains of a loss would overwrite what is needed to make it good; the groups to put back are lost.
const STREAMS = `
CREATE TABLE stream_tops (
  stream text NOT NULL CONSTRAINT stream_tops_pk PRIMARY KEY,
  top_ms bigint NOT NULL DEFAULT 0,
  top_seq bigint NOT NULL DEFAULT 0,
  begin_ms bigint NOT NULL DEFAULT 0,
  begin_seq bigint NOT NULL DEFAULT 0,
  server text,
  healing boolean NOT NULL DEFAULT false,
  seen_at timestamptz NOT NULL DEFAULT loomi_now()
);
CREATE TABLE stream_groups (
  stream text NOT NULL,
  group_name text NOT NULL,
  last_delivered_id text NOT NULL,
  pending jsonb NOT NULL DEFAULT '{}',
  pending_count integer NOT NULL DEFAULT 0,
  oldest_pending_id text,
  lost boolean NOT NULL DEFAULT false,
  seen_at timestamptz NOT NULL DEFAULT loomi_now(),
  CONSTRAINT stream_groups_pk PRIMARY KEY (stream, group_name)
);`;

// notification_keys is never partitioned nor dropped: a message that was applied once is known for ever.
const INBOX = `
CREATE TABLE notification_keys (
  business_key bytea NOT NULL CONSTRAINT notification_keys_pk PRIMARY KEY,
  notification_id uuid NOT NULL
);
CREATE TABLE notifications (
  id uuid NOT NULL CONSTRAINT notifications_pk PRIMARY KEY,
  out_order_no text NOT NULL,
  raw bytea NOT NULL,
  signed_text_prefix text NOT NULL,
  signature text NOT NULL,
  certificate text NOT NULL,
  received_at timestamptz NOT NULL DEFAULT loomi_now(),
  applied_at timestamptz,
  due_at timestamptz NOT NULL DEFAULT loomi_now(),
  failures integer NOT NULL DEFAULT 0,
  last_error text
) PARTITION BY RANGE (id);
CREATE TABLE notifications_rest PARTITION OF notifications DEFAULT;
CREATE INDEX notifications_unread ON notifications (out_order_no) WHERE applied_at IS NULL;
CREATE INDEX notifications_due ON notifications (due_at) WHERE applied_at IS NULL;`;

// The gateway's budget is divided by the processors that live.
const PROCESSORS = `
CREATE TABLE processors (
  id uuid NOT NULL CONSTRAINT processors_pk PRIMARY KEY,
  started_at timestamptz NOT NULL DEFAULT loomi_now(),
  seen_at timestamptz NOT NULL DEFAULT loomi_now()
);`;
