import type { MigrationInterface, QueryRunner } from 'typeorm';
import { PAYMENT_GUARD, REFUND_GUARD } from './1700000003000-guard-orders.js';
import { REFUND_COVER } from './1700000004500-guard-reservations.js';

/**
 * A failed order succeeds only by the record of who chose so, beside Lakala's signed word. Nobody but an operator can
 * make an operator's decision, and no app hears of a refund that it did not ask for.
 */
export class GuardDecisions1700000005200 implements MigrationInterface {
  name = 'GuardDecisions1700000005200';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(PAYMENT_MOVES);
    await queryRunner.query(REFUND_MOVES);
    await queryRunner.query(COVER);
    await queryRunner.query(DECISION_GUARD);
    await queryRunner.query(ANOMALY_GUARD);
    await queryRunner.query(SILENT_REFUND_GUARD);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP FUNCTION guard_decision() CASCADE; DROP FUNCTION guard_anomaly() CASCADE;
      DROP FUNCTION guard_silent_refund() CASCADE; DROP FUNCTION guard_payment_order() CASCADE;
      DROP FUNCTION guard_refund_order() CASCADE; DROP FUNCTION guard_refund_cover() CASCADE;`);
    await queryRunner.query(PAYMENT_GUARD);
    await queryRunner.query(REFUND_GUARD);
    await queryRunner.query(REFUND_COVER);
  }
}

export const PAYMENT_MOVES = `
CREATE OR REPLACE FUNCTION guard_payment_order() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
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
  IF OLD.status = 'failed' AND NEW.status = 'succeeded' AND NEW.failure_message IS NULL AND EXISTS (
    SELECT 1 FROM decisions d JOIN anomalies n ON n.id = d.anomaly_id JOIN trades t ON t.trade_no = n.trade_no
      JOIN gateway_attempts a ON a.id = t.attempt_id
    WHERE d.decision = 'accept' AND n.kind = 'paid_late' AND n.payment_order_id = NEW.id AND n.source IN ('notification', 'query')
      AND n.raw IS NOT NULL AND n.signed_text_prefix IS NOT NULL AND n.signature IS NOT NULL AND n.certificate IS NOT NULL
      AND t.trade_no = NEW.gateway_transaction_id AND t.payment_order_id = NEW.id AND t.amount = NEW.amount
      AND t.refund_reserved = 0 AND a.payment_order_id = NEW.id) THEN
    RETURN NEW;
  END IF;
  IF (OLD.status || '>' || NEW.status) NOT IN
     ('pending>processing', 'pending>failed', 'processing>succeeded', 'processing>failed') THEN
    RAISE EXCEPTION 'payment order % does not move from % to %', OLD.id, OLD.status, NEW.status
      USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status IN ('succeeded', 'failed') AND NOT EXISTS (
    SELECT 1 FROM outcomes o
    WHERE o.subject_id = NEW.id AND o.subject = 'payment' AND o.status = NEW.status AND o.amount = NEW.amount
      AND CASE o.proof
        WHEN 'gateway' THEN EXISTS (
          SELECT 1 FROM gateway_attempts a WHERE a.id = o.attempt_id AND a.payment_order_id = NEW.id)
        WHEN 'never_payable' THEN OLD.status = 'pending' AND NOT EXISTS (
          SELECT 1 FROM gateway_attempts a WHERE a.payment_order_id = NEW.id AND a.state IN ('begun', 'payable'))
        ELSE false
      END) THEN
    RAISE EXCEPTION 'payment order % has no proof of being %', OLD.id, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;`;

const REFUND_MOVES = `
CREATE OR REPLACE FUNCTION guard_refund_order() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'pending' OR NEW.sends <> 0 THEN
      RAISE EXCEPTION 'a refund order begins pending' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.app_id, NEW.payment_order_id, NEW.origin_trade_no, NEW.out_trade_no, NEW.merchant_refund_id, NEW.amount,
      NEW.currency, NEW.reason, NEW.created_at, NEW.anomaly_id) IS DISTINCT FROM
     (OLD.id, OLD.app_id, OLD.payment_order_id, OLD.origin_trade_no, OLD.out_trade_no, OLD.merchant_refund_id, OLD.amount,
      OLD.currency, OLD.reason, OLD.created_at, OLD.anomaly_id) THEN
    RAISE EXCEPTION 'what was agreed on refund order % does not change', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.sends < OLD.sends THEN
    RAISE EXCEPTION 'the sends of refund order % are not forgotten', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = OLD.status THEN RETURN NEW; END IF;
  IF (OLD.status || '>' || NEW.status) NOT IN
     ('pending>processing', 'pending>failed', 'processing>succeeded', 'processing>failed') THEN
    RAISE EXCEPTION 'refund order % does not move from % to %', OLD.id, OLD.status, NEW.status
      USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status IN ('succeeded', 'failed') AND NOT EXISTS (
    SELECT 1 FROM outcomes o
    WHERE o.subject_id = NEW.id AND o.subject = 'refund' AND o.status = NEW.status AND o.amount = NEW.amount
      AND CASE o.proof
        WHEN 'gateway' THEN o.source IN ('refund', 'refund_query')
        WHEN 'operator' THEN EXISTS (
          SELECT 1 FROM decisions d JOIN anomalies n ON n.id = d.anomaly_id
          WHERE d.id = o.decision_id AND d.decision = 'refund_' || NEW.status AND d.operator_act_id IS NOT NULL
            AND n.kind = 'refund_unclear' AND n.refund_order_id = NEW.id
            AND d.gateway_refund_id IS NOT DISTINCT FROM NEW.gateway_refund_id)
        ELSE false
      END) THEN
    RAISE EXCEPTION 'refund order % has no proof of being %', OLD.id, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;`;

// A refund that an app asked for is of the trade that paid; one that follows from an anomaly is of the anomaly's trade,
// the whole of it, and never of the one that paid. Two statements, since a session that has run one five times plans it for
// all values at once: the API's would then need rights on the anomalies, which it must not have.
const COVER = `
CREATE OR REPLACE FUNCTION guard_refund_cover() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  is_ordered boolean;
BEGIN
  IF NEW.anomaly_id IS NULL THEN
    is_ordered := EXISTS (SELECT 1 FROM payment_orders p WHERE p.id = NEW.payment_order_id AND p.status = 'succeeded'
      AND p.gateway_transaction_id = NEW.origin_trade_no);
  ELSE
    is_ordered := EXISTS (
      SELECT 1 FROM anomalies n JOIN decisions d ON d.anomaly_id = n.id JOIN trades t ON t.trade_no = n.trade_no
        JOIN payment_orders p ON p.id = t.payment_order_id
      WHERE n.id = NEW.anomaly_id AND n.trade_no = NEW.origin_trade_no AND n.resolved_at IS NULL AND d.decision = 'refund'
        AND p.gateway_transaction_id IS DISTINCT FROM t.trade_no AND NEW.amount = t.amount);
  END IF;
  IF NOT is_ordered OR NOT EXISTS (
    SELECT 1 FROM payment_orders p JOIN trades t ON t.payment_order_id = p.id
    WHERE p.id = NEW.payment_order_id AND p.app_id = NEW.app_id AND p.currency = NEW.currency
      AND t.trade_no = NEW.origin_trade_no
      AND t.refund_reserved >= NEW.amount + (
        SELECT coalesce(sum(r.amount), 0) FROM refund_orders r
        WHERE r.payment_order_id = p.id AND r.origin_trade_no = t.trade_no AND r.status <> 'failed')) THEN
    RAISE EXCEPTION 'nothing is reserved for refund order %', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;`;

const DECISION_GUARD = `
CREATE FUNCTION guard_decision() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    IF TG_OP = 'DELETE' OR OLD.carried_out_at IS NOT NULL
       OR (NEW.id, NEW.anomaly_id, NEW.decision, NEW.operator_act_id, NEW.gateway_refund_id, NEW.created_at) IS DISTINCT FROM
          (OLD.id, OLD.anomaly_id, OLD.decision, OLD.operator_act_id, OLD.gateway_refund_id, OLD.created_at) THEN
      RAISE EXCEPTION 'decision % was made and stays as it is', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF NOT EXISTS (
    SELECT 1 FROM anomalies n
    WHERE n.id = NEW.anomaly_id AND n.resolved_at IS NULL
      AND CASE NEW.decision WHEN 'refund' THEN n.kind IN ('paid_late', 'paid_twice') WHEN 'accept' THEN n.kind = 'paid_late'
        ELSE n.kind = 'refund_unclear' END
      AND CASE WHEN NEW.operator_act_id IS NULL
        THEN n.kind = 'paid_late' AND EXISTS (SELECT 1 FROM apps a WHERE a.app_id = n.app_id AND a.late_payment = NEW.decision)
        ELSE EXISTS (SELECT 1 FROM operator_acts o WHERE o.id = NEW.operator_act_id AND o.act = 'anomaly.resolve'
          AND o.target = n.id::text AND o.detail->>'as' = NEW.decision) END) THEN
    RAISE EXCEPTION 'nobody decided % about anomaly %', NEW.decision, NEW.anomaly_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_decision BEFORE INSERT OR UPDATE OR DELETE ON decisions FOR EACH ROW EXECUTE FUNCTION guard_decision();`;

const ANOMALY_GUARD = `
CREATE FUNCTION guard_anomaly() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.resolved_at IS NOT NULL
     OR (NEW.id, NEW.kind, NEW.dedupe_key, NEW.app_id, NEW.payment_order_id, NEW.refund_order_id, NEW.detail, NEW.source,
         NEW.raw, NEW.signed_text_prefix, NEW.signature, NEW.certificate, NEW.created_at) IS DISTINCT FROM
        (OLD.id, OLD.kind, OLD.dedupe_key, OLD.app_id, OLD.payment_order_id, OLD.refund_order_id, OLD.detail, OLD.source,
         OLD.raw, OLD.signed_text_prefix, OLD.signature, OLD.certificate, OLD.created_at) THEN
    RAISE EXCEPTION 'anomaly % stays as it was found, and as it was resolved', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.resolved_at IS NULL OR NEW.resolution IS NULL THEN
    RAISE EXCEPTION 'anomaly % is resolved with a reason or not at all', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_anomaly BEFORE UPDATE OR DELETE ON anomalies FOR EACH ROW EXECUTE FUNCTION guard_anomaly();`;

// Also against a processor of the version before, which would tell the app of it: it leaves the refund to the others.
const SILENT_REFUND_GUARD = `
CREATE FUNCTION guard_silent_refund() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM refund_orders r WHERE r.id = NEW.subject_id AND r.anomaly_id IS NOT NULL) THEN
    RAISE EXCEPTION 'no app asked for refund order %, so none hears of it', NEW.subject_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_silent_refund BEFORE INSERT ON events
  FOR EACH ROW WHEN (NEW.kind = 'refund') EXECUTE FUNCTION guard_silent_refund();`;
