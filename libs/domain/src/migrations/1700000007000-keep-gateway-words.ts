import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the gateway said of an attempt or a refund, call by call, for the people who ask why an order is as it is. */
export class KeepGatewayWords1700000007000 implements MigrationInterface {
  name = 'KeepGatewayWords1700000007000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(GATEWAY_WORDS);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE gateway_words;');
  }
}

// A row a word that differs from the one before it on the same call; a repeat is counted on its row. The subject is an
// attempt or a refund, both of which are kept for ever, and so are these. The forms keep a body from ever being put here.
const GATEWAY_WORDS = `
CREATE TABLE gateway_words (
  subject_id uuid NOT NULL,
  call text NOT NULL,
  seq integer NOT NULL,
  outcome text NOT NULL,
  code text,
  state text,
  trades text,
  message text,
  trace_id text,
  times integer NOT NULL DEFAULT 1,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  CONSTRAINT gateway_words_pk PRIMARY KEY (subject_id, call, seq),
  CONSTRAINT gateway_words_call_known CHECK (
    call IN ('create', 'query', 'close', 'notification', 'refund', 'refund_query')),
  CONSTRAINT gateway_words_outcome_form CHECK (outcome ~ '^[a-z_]{1,32}$'),
  CONSTRAINT gateway_words_code_form CHECK (code ~ '^[A-Za-z0-9_-]{1,32}$'),
  CONSTRAINT gateway_words_state_form CHECK (state ~ '^[A-Za-z0-9_-]{1,32}$'),
  CONSTRAINT gateway_words_trades_form CHECK (trades ~ '^[A-Z]{1,8} [A-Z](, [A-Z]{1,8} [A-Z]){0,9}$'),
  CONSTRAINT gateway_words_message_length CHECK (char_length(message) <= 200),
  CONSTRAINT gateway_words_trace_form CHECK (trace_id ~ '^[A-Za-z0-9_-]{1,64}$')
);
GRANT SELECT, INSERT ON gateway_words TO loomi_processor;
GRANT UPDATE (seq, outcome, code, state, trades, message, trace_id, times, first_at, last_at)
  ON gateway_words TO loomi_processor;
GRANT SELECT ON gateway_words TO loomi_admin;`;
