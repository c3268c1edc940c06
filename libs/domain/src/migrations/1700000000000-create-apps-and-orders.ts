import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The one clock of the service, the apps with their keys, and the orders with their work columns. */
export class CreateAppsAndOrders1700000000000 implements MigrationInterface {
  name = 'CreateAppsAndOrders1700000000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(CLOCK);
    await queryRunner.query(APPS);
    await queryRunner.query(PAYMENT_ORDERS);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE payment_orders, operator_acts, api_keys, apps; DROP FUNCTION loomi_now();');
  }
}

// STABLE, so that "due before now" can use an index; of the statement, not the transaction, so that waiting for a lock
// does not leave a lease in the past. Tests replace it to move time.
const CLOCK = `
CREATE FUNCTION loomi_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
AS 'SELECT statement_timestamp()';`;

const APPS = `
CREATE TABLE apps (
  app_id text NOT NULL CONSTRAINT apps_pk PRIMARY KEY,
  merchant_no text,
  term_no text,
  own_streams boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT loomi_now(),
  CONSTRAINT apps_app_id_form CHECK (app_id ~ '^[A-Za-z0-9_.-]{1,64}$'),
  CONSTRAINT apps_account_whole CHECK ((merchant_no IS NULL) = (term_no IS NULL))
);

CREATE TABLE api_keys (
  id uuid NOT NULL CONSTRAINT api_keys_pk PRIMARY KEY,
  app_id text NOT NULL CONSTRAINT api_keys_app_fk REFERENCES apps,
  hint text NOT NULL,
  key_hash bytea NOT NULL CONSTRAINT api_keys_hash_unique UNIQUE,
  scopes text[] NOT NULL,
  replaces uuid CONSTRAINT api_keys_replaces_fk REFERENCES api_keys,
  created_at timestamptz NOT NULL DEFAULT loomi_now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  CONSTRAINT api_keys_hash_length CHECK (octet_length(key_hash) = 32),
  CONSTRAINT api_keys_scopes_known CHECK (
    scopes <@ ARRAY['payments:write', 'payments:read', 'refunds:write', 'refunds:read', 'events:read'] AND scopes <> '{}')
);
CREATE INDEX api_keys_app ON api_keys (app_id);

CREATE TABLE operator_acts (
  id uuid NOT NULL CONSTRAINT operator_acts_pk PRIMARY KEY,
  operator text NOT NULL,
  act text NOT NULL,
  target text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT loomi_now()
);
CREATE INDEX operator_acts_target ON operator_acts (target);`;

// due_at says when a processor must look at the order, leased_until that one does, lease_no which lease it is.
const PAYMENT_ORDERS = `
CREATE TABLE payment_orders (
  id uuid NOT NULL CONSTRAINT payment_orders_pk PRIMARY KEY,
  app_id text NOT NULL CONSTRAINT payment_orders_app_fk REFERENCES apps,
  merchant_order_id text NOT NULL,
  status text NOT NULL DEFAULT 'pending',
  order_type text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL DEFAULT 'CNY',
  subject text NOT NULL,
  extra_data jsonb NOT NULL DEFAULT '{}',
  expires_in integer NOT NULL,
  expires_at timestamptz NOT NULL,
  close_requested_at timestamptz,
  payment_url text,
  gateway_transaction_id text,
  lakala_callback jsonb,
  failure_code text,
  failure_message text,
  paid_at timestamptz,
  failed_at timestamptz,
  refunded_amount bigint NOT NULL DEFAULT 0,
  event_seq integer NOT NULL DEFAULT 0,
  rechecks smallint NOT NULL DEFAULT 0,
  due_at timestamptz DEFAULT loomi_now(),
  leased_until timestamptz,
  lease_no integer NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  last_error text,
  created_at timestamptz NOT NULL DEFAULT loomi_now(),
  updated_at timestamptz NOT NULL DEFAULT loomi_now(),
  CONSTRAINT payment_orders_merchant_order_unique UNIQUE (app_id, merchant_order_id),
  CONSTRAINT payment_orders_merchant_order_id_form CHECK (merchant_order_id ~ '^[A-Za-z0-9_.:-]{1,64}$'),
  CONSTRAINT payment_orders_status_known CHECK (status IN ('pending', 'processing', 'succeeded', 'failed')),
  CONSTRAINT payment_orders_type_known CHECK (order_type IN ('payment', 'recharge')),
  CONSTRAINT payment_orders_amount_range CHECK (amount BETWEEN 1 AND 9999999999),
  CONSTRAINT payment_orders_currency_known CHECK (currency = 'CNY'),
  CONSTRAINT payment_orders_subject_length CHECK (char_length(subject) BETWEEN 1 AND 128),
  CONSTRAINT payment_orders_extra_data_object CHECK (jsonb_typeof(extra_data) = 'object'),
  CONSTRAINT payment_orders_expires_in_range CHECK (expires_in BETWEEN 60 AND 604200),
  CONSTRAINT payment_orders_refunded_range CHECK (refunded_amount BETWEEN 0 AND amount),
  CONSTRAINT payment_orders_failure_known CHECK (failure_code IN ('refused', 'expired', 'closed', 'cancelled')),
  CONSTRAINT payment_orders_failure_iff_failed CHECK ((status = 'failed') = (failure_code IS NOT NULL)),
  CONSTRAINT payment_orders_trade_iff_succeeded CHECK ((status = 'succeeded') = (gateway_transaction_id IS NOT NULL))
);
CREATE INDEX payment_orders_newest ON payment_orders (app_id, created_at DESC, id DESC);
CREATE INDEX payment_orders_due ON payment_orders (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX payment_orders_stuck ON payment_orders (failures) WHERE failures > 0;
CREATE INDEX payment_orders_open ON payment_orders (status, created_at) WHERE status IN ('pending', 'processing');`;
