import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What no code of ours may do: an illegal move, an end without proof, a change of what was agreed or proven. */
export class GuardOrders1700000003000 implements MigrationInterface {
  name = 'GuardOrders1700000003000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(PAYMENT_GUARD);
    await queryRunner.query(REFUND_GUARD);
    await queryRunner.query(OUTCOME_GUARD);
    await queryRunner.query(EVENT_GUARD);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP FUNCTION guard_payment_order() CASCADE; DROP FUNCTION guard_refund_order() CASCADE;
      DROP FUNCTION guard_outcome() CASCADE; DROP FUNCTION guard_event() CASCADE;`);
  }
}

export const PAYMENT_GUARD = `
CREATE FUNCTION guard_payment_order() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
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
END $$;
CREATE TRIGGER guard_payment_order BEFORE INSERT OR UPDATE ON payment_orders
  FOR EACH ROW EXECUTE FUNCTION guard_payment_order();`;

export const REFUND_GUARD = `
CREATE FUNCTION guard_refund_order() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'pending' OR NEW.sends <> 0 THEN
      RAISE EXCEPTION 'a refund order begins pending' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.app_id, NEW.payment_order_id, NEW.origin_trade_no, NEW.out_trade_no, NEW.merchant_refund_id, NEW.amount,
      NEW.currency, NEW.reason, NEW.created_at) IS DISTINCT FROM
     (OLD.id, OLD.app_id, OLD.payment_order_id, OLD.origin_trade_no, OLD.out_trade_no, OLD.merchant_refund_id, OLD.amount,
      OLD.currency, OLD.reason, OLD.created_at) THEN
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
      AND o.proof = 'gateway' AND o.source IN ('refund', 'refund_query')) THEN
    RAISE EXCEPTION 'refund order % has no proof of being %', OLD.id, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_refund_order BEFORE INSERT OR UPDATE ON refund_orders
  FOR EACH ROW EXECUTE FUNCTION guard_refund_order();`;

const OUTCOME_GUARD = `
CREATE FUNCTION guard_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'outcome % is the proof and stays as it is', OLD.subject_id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER guard_outcome BEFORE UPDATE OR DELETE ON outcomes FOR EACH ROW EXECUTE FUNCTION guard_outcome();`;

const EVENT_GUARD = `
CREATE FUNCTION guard_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR (NEW.id, NEW.position, NEW.kind, NEW.subject_id, NEW.seq, NEW.app_id, NEW.fields, NEW.payment_url,
      NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.position, OLD.kind, OLD.subject_id, OLD.seq, OLD.app_id, OLD.fields,
      OLD.payment_url, OLD.created_at) THEN
    RAISE EXCEPTION 'event % happened', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.entry_ms IS NOT NULL
     AND (NEW.entry_ms IS NULL OR (NEW.entry_ms, NEW.entry_seq) < (OLD.entry_ms, OLD.entry_seq)) THEN
    RAISE EXCEPTION 'the entry id of event % only rises', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_event BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION guard_event();`;
