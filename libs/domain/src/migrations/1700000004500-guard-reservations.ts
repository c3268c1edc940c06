import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a service that was taken over could still do within its grants: send a refund that nothing was reserved for, free
 * what is reserved, make an order that is open be forgotten, or rewrite one that has ended.
 */
export class GuardReservations1700000004500 implements MigrationInterface {
  name = 'GuardReservations1700000004500';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(REFUND_COVER);
    await queryRunner.query(RESERVATION);
    await queryRunner.query(PAYMENT_WORK);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP FUNCTION guard_refund_cover() CASCADE; DROP FUNCTION guard_reservation() CASCADE;
      DROP FUNCTION guard_payment_work() CASCADE;`);
  }
}

export const REFUND_COVER = `
CREATE FUNCTION guard_refund_cover() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM payment_orders p JOIN trades t ON t.trade_no = p.gateway_transaction_id
    WHERE p.id = NEW.payment_order_id AND p.app_id = NEW.app_id AND p.currency = NEW.currency AND p.status = 'succeeded'
      AND t.trade_no = NEW.origin_trade_no AND t.payment_order_id = p.id
      AND t.refund_reserved >= NEW.amount + (
        SELECT coalesce(sum(r.amount), 0) FROM refund_orders r
        WHERE r.payment_order_id = p.id AND r.origin_trade_no = t.trade_no AND r.status <> 'failed')) THEN
    RAISE EXCEPTION 'nothing is reserved for refund order %', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_refund_cover BEFORE INSERT ON refund_orders FOR EACH ROW EXECUTE FUNCTION guard_refund_cover();`;

const RESERVATION = `
CREATE FUNCTION guard_reservation() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF NEW.refund_reserved < (
    SELECT coalesce(sum(r.amount), 0) FROM refund_orders r
    WHERE r.payment_order_id = NEW.payment_order_id AND r.origin_trade_no = NEW.trade_no AND r.status <> 'failed') THEN
    RAISE EXCEPTION 'what refunds hold of trade % stays reserved', NEW.trade_no USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_reservation BEFORE UPDATE OF refund_reserved ON trades
  FOR EACH ROW WHEN (NEW.refund_reserved < OLD.refund_reserved) EXECUTE FUNCTION guard_reservation();`;

const PAYMENT_WORK = `
CREATE FUNCTION guard_payment_work() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.close_requested_at IS NOT NULL AND NEW.close_requested_at IS DISTINCT FROM OLD.close_requested_at THEN
    RAISE EXCEPTION 'the close of payment order % was asked for', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status IN ('pending', 'processing') AND NEW.due_at IS NULL THEN
    RAISE EXCEPTION 'payment order % is open and must stay due', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.refunded_amount < OLD.refunded_amount OR NEW.event_seq < OLD.event_seq THEN
    RAISE EXCEPTION 'what happened to payment order % is not forgotten', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.status IN ('succeeded', 'failed') AND NEW.status = OLD.status
     AND (NEW.gateway_transaction_id, NEW.paid_at, NEW.failed_at, NEW.failure_code, NEW.failure_message)
       IS DISTINCT FROM (OLD.gateway_transaction_id, OLD.paid_at, OLD.failed_at, OLD.failure_code, OLD.failure_message) THEN
    RAISE EXCEPTION 'payment order % has ended as it has', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_payment_work BEFORE UPDATE ON payment_orders FOR EACH ROW EXECUTE FUNCTION guard_payment_work();`;
