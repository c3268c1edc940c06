import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What finance needs: when and under which number Lakala carried a refund out, and its settlement files beside our books. */
export class KeepSettlements1700000009400 implements MigrationInterface {
  name = 'KeepSettlements1700000009400';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(MOMENTS);
    await queryRunner.query(SETTLEMENTS);
    await queryRunner.query(GRANTS);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE settlement_lines, settlement_files;
      DROP FUNCTION guard_settlement_line();
      DROP INDEX trades_taken, refund_orders_carried_out, refund_orders_log_no;
      ALTER TABLE refund_orders DROP COLUMN log_no, DROP COLUMN refunded_at;`);
  }
}

// A processor of the version before leaves both empty: such a refund is found by its own number, and dated by its last change.
// Trades come nearly in the order of their time, so a BRIN index finds a day among millions and costs a trade nothing.
const MOMENTS = `
ALTER TABLE refund_orders ADD COLUMN log_no text, ADD COLUMN refunded_at timestamptz;
CREATE INDEX refund_orders_log_no ON refund_orders (log_no) WHERE log_no IS NOT NULL;
CREATE INDEX refund_orders_carried_out ON refund_orders (coalesce(refunded_at, updated_at)) WHERE status = 'succeeded';
CREATE INDEX trades_taken ON trades USING brin (coalesce(paid_at, created_at)) WITH (pages_per_range = 32);`;

// Card number, bank and remark of a line are not kept: they tell who paid. One file a day is in force for a merchant, or for all.
const SETTLEMENTS = `
CREATE TABLE settlement_files (
  id uuid NOT NULL CONSTRAINT settlement_files_pk PRIMARY KEY,
  day date NOT NULL,
  merchant_no text,
  name text NOT NULL,
  sha256 bytea NOT NULL,
  amounts_in text NOT NULL,
  lines integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT loomi_now(),
  replaced_at timestamptz,
  CONSTRAINT settlement_files_sha256_length CHECK (octet_length(sha256) = 32),
  CONSTRAINT settlement_files_unit_known CHECK (amounts_in IN ('fen', 'yuan'))
);
CREATE UNIQUE INDEX settlement_files_one_a_day ON settlement_files (day, coalesce(merchant_no, '')) WHERE replaced_at IS NULL;

CREATE TABLE settlement_lines (
  file_id uuid NOT NULL CONSTRAINT settlement_lines_file_fk REFERENCES settlement_files DEFERRABLE INITIALLY DEFERRED,
  line_no integer NOT NULL,
  log_no text NOT NULL,
  kind text NOT NULL,
  trade_type text NOT NULL,
  merchant_no text NOT NULL,
  traded_at timestamptz NOT NULL,
  amount bigint NOT NULL,
  fee bigint,
  settled bigint,
  order_no text,
  pay_order_no text,
  origin_log_no text,
  CONSTRAINT settlement_lines_pk PRIMARY KEY (file_id, line_no),
  CONSTRAINT settlement_lines_kind_known CHECK (kind IN ('payment', 'refund', 'other')),
  CONSTRAINT settlement_lines_amount_range CHECK (amount BETWEEN 0 AND 999999999999)
);
CREATE INDEX settlement_lines_log_no ON settlement_lines (log_no);

CREATE FUNCTION guard_settlement_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a line of a settlement file stays as it was read' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER guard_settlement_line BEFORE UPDATE OR DELETE ON settlement_lines
  FOR EACH ROW EXECUTE FUNCTION guard_settlement_line();`;

const GRANTS = `
GRANT UPDATE (log_no, refunded_at) ON refund_orders TO loomi_processor;
GRANT SELECT, INSERT ON settlement_files, settlement_lines TO loomi_admin;
GRANT UPDATE (replaced_at) ON settlement_files TO loomi_admin;`;
