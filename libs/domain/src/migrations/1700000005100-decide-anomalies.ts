import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What apps and operators decide about anomalies, and the refunds that follow from it. */
export class DecideAnomalies1700000005100 implements MigrationInterface {
  name = 'DecideAnomalies1700000005100';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(CHOICE);
    await queryRunner.query(DECISIONS);
    await queryRunner.query(REFUNDS_OF_ANOMALIES);
    await queryRunner.query(OPERATORS_PROOF);
    await queryRunner.query(GRANTS);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE outcomes DROP COLUMN decision_id, DROP CONSTRAINT outcomes_proof_known,
        ADD CONSTRAINT outcomes_proof_known CHECK (proof IN ('gateway', 'never_payable'));
      DROP INDEX refund_orders_one_per_anomaly, refund_orders_one_open_without_id;
      CREATE UNIQUE INDEX refund_orders_one_open_without_id
        ON refund_orders (payment_order_id, amount, coalesce('=' || reason, ''))
        WHERE merchant_refund_id IS NULL AND status IN ('pending', 'processing');
      ALTER TABLE refund_orders DROP COLUMN anomaly_id;
      DROP TABLE decisions;
      DROP INDEX anomalies_refund;
      ALTER TABLE anomalies DROP COLUMN trade_no;
      ALTER TABLE apps DROP COLUMN late_payment;
      REVOKE UPDATE (resolved_at, resolution) ON anomalies FROM loomi_processor;`);
  }
}

// The trade is a part of the key by which the anomaly is found again, also where an older version records it.
const CHOICE = `
ALTER TABLE apps ADD COLUMN late_payment text NOT NULL DEFAULT 'hold'
  CONSTRAINT apps_late_payment_known CHECK (late_payment IN ('hold', 'refund', 'accept'));
ALTER TABLE anomalies ADD COLUMN trade_no text GENERATED ALWAYS AS (
  CASE WHEN kind IN ('paid_late', 'paid_twice') THEN substr(dedupe_key, length(kind) + 2) END) STORED;
CREATE INDEX anomalies_refund ON anomalies (refund_order_id) WHERE refund_order_id IS NOT NULL;`;

// Without an operator's act it is the app's choice as it stood. due_at is when a processor must look at it.
const DECISIONS = `
CREATE TABLE decisions (
  id uuid NOT NULL CONSTRAINT decisions_pk PRIMARY KEY,
  anomaly_id uuid NOT NULL CONSTRAINT decisions_anomaly_fk REFERENCES anomalies,
  decision text NOT NULL,
  operator_act_id uuid CONSTRAINT decisions_act_unique UNIQUE CONSTRAINT decisions_act_fk REFERENCES operator_acts,
  gateway_refund_id text,
  created_at timestamptz NOT NULL DEFAULT loomi_now(),
  due_at timestamptz NOT NULL DEFAULT loomi_now(),
  carried_out_at timestamptz,
  result text,
  failures integer NOT NULL DEFAULT 0,
  last_error text,
  CONSTRAINT decisions_decision_known CHECK (decision IN ('refund', 'accept', 'refund_failed', 'refund_succeeded')),
  CONSTRAINT decisions_result_iff_over CHECK ((carried_out_at IS NULL) = (result IS NULL)),
  CONSTRAINT decisions_refund_iff_succeeded CHECK ((decision = 'refund_succeeded') = (gateway_refund_id IS NOT NULL))
);
CREATE INDEX decisions_due ON decisions (due_at) WHERE carried_out_at IS NULL;
CREATE UNIQUE INDEX decisions_one_open ON decisions (anomaly_id) WHERE carried_out_at IS NULL;
CREATE INDEX decisions_anomaly ON decisions (anomaly_id);`;

// A refund that no app asked for: of a late or second payment. An app may ask for an equal one of its own meanwhile.
const REFUNDS_OF_ANOMALIES = `
ALTER TABLE refund_orders ADD COLUMN anomaly_id uuid CONSTRAINT refund_orders_anomaly_fk REFERENCES anomalies;
CREATE UNIQUE INDEX refund_orders_one_per_anomaly ON refund_orders (anomaly_id) WHERE anomaly_id IS NOT NULL AND status <> 'failed';
DROP INDEX refund_orders_one_open_without_id;
CREATE UNIQUE INDEX refund_orders_one_open_without_id ON refund_orders (payment_order_id, amount, coalesce('=' || reason, ''))
  WHERE merchant_refund_id IS NULL AND anomaly_id IS NULL AND status IN ('pending', 'processing');`;

const OPERATORS_PROOF = `
ALTER TABLE outcomes ADD COLUMN decision_id uuid CONSTRAINT outcomes_decision_fk REFERENCES decisions,
  DROP CONSTRAINT outcomes_proof_known,
  ADD CONSTRAINT outcomes_proof_known CHECK (proof IN ('gateway', 'never_payable', 'operator')),
  ADD CONSTRAINT outcomes_operator_whole CHECK ((proof = 'operator') = (decision_id IS NOT NULL)
    AND (proof <> 'operator' OR (subject = 'refund' AND reason IS NOT NULL)));`;

const GRANTS = `
GRANT SELECT ON decisions TO loomi_processor, loomi_admin;
GRANT INSERT, UPDATE (due_at, carried_out_at, result, failures, last_error) ON decisions TO loomi_processor;
GRANT INSERT (id, anomaly_id, decision, operator_act_id, gateway_refund_id) ON decisions TO loomi_admin;
GRANT INSERT (id, app_id, payment_order_id, origin_trade_no, out_trade_no, amount, reason, anomaly_id)
  ON refund_orders TO loomi_processor;
GRANT UPDATE (resolved_at, resolution) ON anomalies TO loomi_processor;`;
