import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a settlement file contradicts becomes an anomaly, recorded by the operator's command line. */
export class RecordSettlementAnomalies1700000009500 implements MigrationInterface {
  name = 'RecordSettlementAnomalies1700000009500';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(SETTLEMENT_ANOMALIES);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      REVOKE INSERT (id, kind, dedupe_key, app_id, payment_order_id, refund_order_id, detail) ON anomalies FROM loomi_admin;
      DROP FUNCTION guard_settlement_anomaly() CASCADE;
      ALTER TABLE anomalies DROP CONSTRAINT anomalies_kind_known, ADD CONSTRAINT anomalies_kind_known CHECK (
        kind IN ('paid_late', 'paid_twice', 'wrong_amount', 'wrong_merchant', 'unknown_order', 'refunded_elsewhere', 'refund_unclear'));`);
  }
}

// Only the new command line records the new kinds, and only it reads anomalies kind by kind. It can record no others: on those
// of the processor money is moved.
const SETTLEMENT_ANOMALIES = `
ALTER TABLE anomalies DROP CONSTRAINT anomalies_kind_known, ADD CONSTRAINT anomalies_kind_known CHECK (
  kind IN ('paid_late', 'paid_twice', 'wrong_amount', 'wrong_merchant', 'unknown_order', 'refunded_elsewhere', 'refund_unclear',
    'settlement_missing', 'settlement_extra', 'settlement_different'));

CREATE FUNCTION guard_settlement_anomaly() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'an operator records no anomaly of the kind %', NEW.kind USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER guard_settlement_anomaly BEFORE INSERT ON anomalies FOR EACH ROW
  WHEN (current_user = 'loomi_admin' AND NEW.kind NOT IN ('settlement_missing', 'settlement_extra', 'settlement_different'))
  EXECUTE FUNCTION guard_settlement_anomaly();
GRANT INSERT (id, kind, dedupe_key, app_id, payment_order_id, refund_order_id, detail) ON anomalies TO loomi_admin;`;
