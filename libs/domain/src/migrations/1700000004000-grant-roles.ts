import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Each deployable works under a role of its own that can do its part and no more; no book may be deleted from. */
export class GrantRoles1700000004000 implements MigrationInterface {
  name = 'GrantRoles1700000004000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(ROLES);
    await queryRunner.query(API);
    await queryRunner.query(PROCESSOR);
    await queryRunner.query(ADMIN);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP OWNED BY loomi_api, loomi_processor, loomi_admin;');
  }
}

// Roles belong to the server, not to the database, so another database of it may have made them, or be about to.
const ROLES = `
DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['loomi_api', 'loomi_processor', 'loomi_admin'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = role_name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        RAISE NOTICE 'role % was made meanwhile', role_name;
      END;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), role_name);
  END LOOP;
END $$;
REVOKE ALL ON FUNCTION add_partition(text, date), drop_partitions(text, timestamptz) FROM PUBLIC;`;

// Accepts: it may create orders, ask for a close, reserve a refund and keep a notification. It can end nothing.
const API = `
GRANT SELECT ON apps, api_keys, payment_orders, refund_orders, trades, events, event_log_head, gateway_attempts TO loomi_api;
GRANT INSERT (id, app_id, merchant_order_id, order_type, amount, currency, subject, extra_data, expires_in, expires_at)
  ON payment_orders TO loomi_api;
GRANT UPDATE (close_requested_at, due_at, updated_at) ON payment_orders TO loomi_api;
GRANT INSERT (id, app_id, payment_order_id, origin_trade_no, merchant_refund_id, out_trade_no, amount, currency, reason)
  ON refund_orders TO loomi_api;
GRANT UPDATE (refund_reserved) ON trades TO loomi_api;
GRANT SELECT, INSERT ON notifications, notification_keys TO loomi_api;`;

const PROCESSOR = `
GRANT SELECT ON ALL TABLES IN SCHEMA public TO loomi_processor;
REVOKE SELECT ON api_keys FROM loomi_processor;
GRANT UPDATE (status, payment_url, gateway_transaction_id, lakala_callback, failure_code, failure_message, paid_at,
  failed_at, refunded_amount, event_seq, rechecks, due_at, leased_until, lease_no, failures, last_error, updated_at)
  ON payment_orders TO loomi_processor;
GRANT UPDATE (status, gateway_refund_id, failure_code, failure_message, sends, last_sent_at, last_asked_at,
  unknown_since_send, gateway_state, refusal_code, refusals, event_seq, due_at, leased_until, lease_no, failures,
  last_error, updated_at) ON refund_orders TO loomi_processor;
GRANT INSERT ON gateway_attempts, trades, outcomes, anomalies, events TO loomi_processor;
GRANT UPDATE (state, over, pay_order_no, refusal_definite, refusal_code, refusal_message, last_inquired_at, hinted_at,
  last_error) ON gateway_attempts TO loomi_processor;
GRANT UPDATE (refund_reserved) ON trades TO loomi_processor;
GRANT UPDATE (entry_ms, entry_seq) ON events TO loomi_processor;
GRANT USAGE ON SEQUENCE event_positions TO loomi_processor;
GRANT UPDATE (entry_ms, entry_seq) ON event_log_head TO loomi_processor;
GRANT INSERT, UPDATE, DELETE ON stream_tops, stream_groups, processors TO loomi_processor;
GRANT UPDATE (applied_at, due_at, failures, last_error) ON notifications TO loomi_processor;
GRANT EXECUTE ON FUNCTION add_partition(text, date), drop_partitions(text, timestamptz) TO loomi_processor;`;

// An operator's act is a row; the processor carries it out.
const ADMIN = `
GRANT SELECT ON ALL TABLES IN SCHEMA public TO loomi_admin;
GRANT INSERT, UPDATE ON apps, api_keys TO loomi_admin;
GRANT INSERT ON operator_acts TO loomi_admin;
GRANT UPDATE (due_at, failures, updated_at) ON payment_orders, refund_orders TO loomi_admin;
GRANT UPDATE (due_at, failures) ON notifications TO loomi_admin;
GRANT UPDATE (resolved_at, resolution) ON anomalies TO loomi_admin;`;
