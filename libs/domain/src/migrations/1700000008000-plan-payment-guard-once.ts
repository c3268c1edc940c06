import type { MigrationInterface, QueryRunner } from 'typeorm';
import { PAYMENT_MOVES } from './1700000005200-guard-decisions.js';

/** The guard of payment orders asks the same in steps: each question is planned once a connection, and only where it is due. */
export class PlanPaymentGuardOnce1700000008000 implements MigrationInterface {
  name = 'PlanPaymentGuardOnce1700000008000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(PAYMENT_MOVES_IN_STEPS);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(PAYMENT_MOVES);
  }
}

// A condition with a SELECT in it is planned even where the words before it decide, and one that depends on the row's own
// values for its form is planned for each row: that was most of what an update of an order took.
const PAYMENT_MOVES_IN_STEPS = `
CREATE OR REPLACE FUNCTION guard_payment_order() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  kept record;
  is_proven boolean := false;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'pending' THEN RAISE EXCEPTION 'a payment order begins pending' USING ERRCODE = 'check_violation'; END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.app_id, NEW.merchant_order_id, NEW.order_type, NEW.amount, NEW.currency, NEW.subject, NEW.extra_data,
      NEW.expires_at, NEW.created_at) IS DISTINCT FROM
     (OLD.id, OLD.app_id, OLD.merchant_order_id, OLD.order_type, OLD.amount, OLD.currency, OLD.subject, OLD.extra_data,
      OLD.expires_at, OLD.created_at) THEN
    RAISE EXCEPTION 'what was agreed on payment order % does not change', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = OLD.status THEN RETURN NEW; END IF;
  -- The proof of its failure stays in outcomes; that of its success is kept with the anomaly that was decided about.
  IF OLD.status = 'failed' AND NEW.status = 'succeeded' AND NEW.failure_message IS NULL THEN
    IF EXISTS (
      SELECT 1 FROM decisions d JOIN anomalies n ON n.id = d.anomaly_id JOIN trades t ON t.trade_no = n.trade_no
        JOIN gateway_attempts a ON a.id = t.attempt_id
      WHERE d.decision = 'accept' AND n.kind = 'paid_late' AND n.payment_order_id = NEW.id AND n.source IN ('notification', 'query')
        AND n.raw IS NOT NULL AND n.signed_text_prefix IS NOT NULL AND n.signature IS NOT NULL AND n.certificate IS NOT NULL
        AND t.trade_no = NEW.gateway_transaction_id AND t.payment_order_id = NEW.id AND t.amount = NEW.amount
        AND t.refund_reserved = 0 AND a.payment_order_id = NEW.id) THEN
      RETURN NEW;
    END IF;
  END IF;
  IF (OLD.status || '>' || NEW.status) NOT IN
     ('pending>processing', 'pending>failed', 'processing>succeeded', 'processing>failed') THEN
    RAISE EXCEPTION 'payment order % does not move from % to %', OLD.id, OLD.status, NEW.status
      USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status NOT IN ('succeeded', 'failed') THEN RETURN NEW; END IF;
  SELECT o.proof, o.attempt_id INTO kept FROM outcomes o
  WHERE o.subject_id = NEW.id AND o.subject = 'payment' AND o.status = NEW.status AND o.amount = NEW.amount;
  IF kept.proof = 'gateway' THEN
    is_proven := EXISTS (SELECT 1 FROM gateway_attempts a WHERE a.id = kept.attempt_id AND a.payment_order_id = NEW.id);
  ELSIF kept.proof = 'never_payable' AND OLD.status = 'pending' THEN
    is_proven := NOT EXISTS (
      SELECT 1 FROM gateway_attempts a WHERE a.payment_order_id = NEW.id AND a.state IN ('begun', 'payable'));
  END IF;
  IF NOT is_proven THEN
    RAISE EXCEPTION 'payment order % has no proof of being %', OLD.id, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;`;
