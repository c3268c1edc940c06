import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was begun at the gateway, what it took, what it gave back, and the proof of every end. */
export class CreateGatewayBooks1700000001000 implements MigrationInterface {
  name = 'CreateGatewayBooks1700000001000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(ATTEMPTS_AND_TRADES);
    await queryRunner.query(REFUND_ORDERS);
    await queryRunner.query(OUTCOMES);
    await queryRunner.query(ANOMALIES);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE anomalies, outcomes, refund_orders, trades, gateway_attempts;');
  }
}

const ATTEMPTS_AND_TRADES = `
CREATE TABLE gateway_attempts (
  id uuid NOT NULL CONSTRAINT gateway_attempts_pk PRIMARY KEY,
  payment_order_id uuid NOT NULL CONSTRAINT gateway_attempts_order_fk REFERENCES payment_orders,
  out_order_no text NOT NULL CONSTRAINT gateway_attempts_out_order_no_unique UNIQUE,
  state text NOT NULL DEFAULT 'begun',
  over boolean NOT NULL DEFAULT false,
  merchant_no text NOT NULL,
  term_no text NOT NULL,
  amount bigint NOT NULL,
  pay_order_no text,
  refusal_definite boolean,
  refusal_code text,
  refusal_message text,
  last_inquired_at timestamptz,
  hinted_at timestamptz,
  last_error text,
  begun_at timestamptz NOT NULL DEFAULT loomi_now(),
  CONSTRAINT gateway_attempts_state_known CHECK (state IN ('begun', 'payable', 'refused', 'abandoned')),
  CONSTRAINT gateway_attempts_out_order_no_form CHECK (out_order_no = replace(id::text, '-', ''))
);
CREATE INDEX gateway_attempts_order ON gateway_attempts (payment_order_id);
CREATE UNIQUE INDEX gateway_attempts_one_page ON gateway_attempts (payment_order_id) WHERE state IN ('begun', 'payable');

CREATE TABLE trades (
  trade_no text NOT NULL CONSTRAINT trades_pk PRIMARY KEY,
  payment_order_id uuid NOT NULL CONSTRAINT trades_order_fk REFERENCES payment_orders,
  attempt_id uuid NOT NULL CONSTRAINT trades_attempt_fk REFERENCES gateway_attempts,
  log_no text NOT NULL,
  merchant_no text NOT NULL,
  term_no text NOT NULL,
  acc_trade_no text,
  pay_mode text,
  amount bigint NOT NULL,
  refund_reserved bigint NOT NULL DEFAULT 0,
  paid_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT loomi_now(),
  CONSTRAINT trades_reserved_range CHECK (refund_reserved BETWEEN 0 AND amount)
);
CREATE INDEX trades_order ON trades (payment_order_id);
CREATE INDEX trades_log_no ON trades (log_no);`;

const REFUND_ORDERS = `
CREATE TABLE refund_orders (
  id uuid NOT NULL CONSTRAINT refund_orders_pk PRIMARY KEY,
  app_id text NOT NULL CONSTRAINT refund_orders_app_fk REFERENCES apps,
  payment_order_id uuid NOT NULL CONSTRAINT refund_orders_payment_fk REFERENCES payment_orders,
  origin_trade_no text NOT NULL CONSTRAINT refund_orders_trade_fk REFERENCES trades,
  merchant_refund_id text,
  out_trade_no text NOT NULL CONSTRAINT refund_orders_out_trade_no_unique UNIQUE,
  status text NOT NULL DEFAULT 'pending',
  amount bigint NOT NULL,
  currency text NOT NULL DEFAULT 'CNY',
  reason text,
  gateway_refund_id text,
  failure_code text,
  failure_message text,
  sends integer NOT NULL DEFAULT 0,
  last_sent_at timestamptz,
  last_asked_at timestamptz,
  unknown_since_send integer NOT NULL DEFAULT 0,
  gateway_state text,
  refusal_code text,
  refusals integer NOT NULL DEFAULT 0,
  event_seq integer NOT NULL DEFAULT 0,
  due_at timestamptz DEFAULT loomi_now(),
  leased_until timestamptz,
  lease_no integer NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  last_error text,
  created_at timestamptz NOT NULL DEFAULT loomi_now(),
  updated_at timestamptz NOT NULL DEFAULT loomi_now(),
  CONSTRAINT refund_orders_merchant_refund_unique UNIQUE (app_id, merchant_refund_id),
  CONSTRAINT refund_orders_merchant_refund_id_form CHECK (merchant_refund_id ~ '^[A-Za-z0-9_.:-]{1,64}$'),
  CONSTRAINT refund_orders_status_known CHECK (status IN ('pending', 'processing', 'succeeded', 'failed')),
  CONSTRAINT refund_orders_amount_range CHECK (amount BETWEEN 1 AND 9999999999),
  CONSTRAINT refund_orders_reason_length CHECK (char_length(reason) <= 200),
  CONSTRAINT refund_orders_out_trade_no_form CHECK (out_trade_no = replace(id::text, '-', '')),
  CONSTRAINT refund_orders_failure_known CHECK (failure_code IN ('refused', 'expired', 'closed', 'cancelled')),
  CONSTRAINT refund_orders_failure_iff_failed CHECK ((status = 'failed') = (failure_code IS NOT NULL)),
  CONSTRAINT refund_orders_trade_iff_succeeded CHECK ((status = 'succeeded') = (gateway_refund_id IS NOT NULL))
);
-- A refund asked for again without an id of its own is the one still under way.
CREATE UNIQUE INDEX refund_orders_one_open_without_id ON refund_orders (payment_order_id, amount, coalesce('=' || reason, ''))
  WHERE merchant_refund_id IS NULL AND status IN ('pending', 'processing');
CREATE INDEX refund_orders_newest ON refund_orders (app_id, created_at DESC, id DESC);
CREATE INDEX refund_orders_payment ON refund_orders (payment_order_id);
CREATE INDEX refund_orders_due ON refund_orders (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX refund_orders_open ON refund_orders (status, created_at) WHERE status IN ('pending', 'processing');
CREATE INDEX refund_orders_stuck ON refund_orders (failures) WHERE failures > 0;`;

// One row an order or refund, for ever: the proof of its end.
const OUTCOMES = `
CREATE TABLE outcomes (
  subject_id uuid NOT NULL CONSTRAINT outcomes_pk PRIMARY KEY,
  subject text NOT NULL,
  status text NOT NULL,
  amount bigint NOT NULL,
  proof text NOT NULL,
  attempt_id uuid CONSTRAINT outcomes_attempt_fk REFERENCES gateway_attempts,
  source text,
  raw bytea,
  signed_text_prefix text,
  signature text,
  certificate text,
  reason text,
  recorded_at timestamptz NOT NULL DEFAULT loomi_now(),
  CONSTRAINT outcomes_subject_known CHECK (subject IN ('payment', 'refund')),
  CONSTRAINT outcomes_status_final CHECK (status IN ('succeeded', 'failed')),
  CONSTRAINT outcomes_proof_known CHECK (proof IN ('gateway', 'never_payable')),
  CONSTRAINT outcomes_source_known CHECK (source IN ('notification', 'query', 'refund', 'refund_query')),
  CONSTRAINT outcomes_gateway_whole CHECK (proof <> 'gateway' OR (
    raw IS NOT NULL AND signed_text_prefix IS NOT NULL AND signature IS NOT NULL AND certificate IS NOT NULL
    AND source IS NOT NULL)),
  CONSTRAINT outcomes_never_payable_whole CHECK (proof <> 'never_payable' OR (
    subject = 'payment' AND status = 'failed' AND reason IS NOT NULL))
);`;

const ANOMALIES = `
CREATE TABLE anomalies (
  id uuid NOT NULL CONSTRAINT anomalies_pk PRIMARY KEY,
  kind text NOT NULL,
  dedupe_key text NOT NULL CONSTRAINT anomalies_dedupe_unique UNIQUE,
  app_id text,
  payment_order_id uuid CONSTRAINT anomalies_payment_fk REFERENCES payment_orders,
  refund_order_id uuid CONSTRAINT anomalies_refund_fk REFERENCES refund_orders,
  detail text NOT NULL,
  source text,
  raw bytea,
  signed_text_prefix text,
  signature text,
  certificate text,
  created_at timestamptz NOT NULL DEFAULT loomi_now(),
  resolved_at timestamptz,
  resolution text,
  CONSTRAINT anomalies_kind_known CHECK (kind IN ('paid_late', 'paid_twice', 'wrong_amount', 'wrong_merchant',
    'unknown_order', 'refunded_elsewhere', 'refund_unclear'))
);
CREATE INDEX anomalies_unresolved ON anomalies (kind, created_at) WHERE resolved_at IS NULL;
CREATE INDEX anomalies_payment ON anomalies (payment_order_id);`;
