import type { Mutant } from './mutant.ts';

const BOOKS = 'libs/domain/src/migrations/1700000001000-create-gateway-books.ts';
const LOG = 'libs/domain/src/migrations/1700000002000-create-event-log-and-inbox.ts';
const GUARDS = 'libs/domain/src/migrations/1700000003000-guard-orders.ts';
/** Replaces what the one before made of them. */
const DECISIONS = 'libs/domain/src/migrations/1700000005200-guard-decisions.ts';
const PAYMENT_GUARD = 'libs/domain/src/migrations/1700000008000-plan-payment-guard-once.ts';
const GRANTS = 'libs/domain/src/migrations/1700000004000-grant-roles.ts';
const RESERVATIONS = 'libs/domain/src/migrations/1700000004500-guard-reservations.ts';
const GUARDS_SPEC = 'libs/domain/src/migrations/guards.spec.ts';
const ROLES_SPEC = 'libs/domain/src/migrations/roles.spec.ts';
const RESERVATIONS_SPEC = 'libs/domain/src/migrations/reservations.spec.ts';

/** What the database refuses, whatever our code does. */
export const DATABASE_MUTANTS: readonly Mutant[] = [
  {
    name: 'one-open-page',
    guards: 'the database holds one page of an order that is begun or open',
    file: BOOKS,
    find: "CREATE UNIQUE INDEX gateway_attempts_one_page ON gateway_attempts (payment_order_id) WHERE state IN ('begun', 'payable');",
    spec: GUARDS_SPEC,
    test: 'one page',
  },
  {
    name: 'trades-hold-their-amount',
    guards: 'the database reserves no more than was paid',
    file: BOOKS,
    find: 'CHECK (refund_reserved BETWEEN 0 AND amount)',
    replace: 'CHECK (refund_reserved >= 0)',
    spec: ROLES_SPEC,
    test: 'no more than the trade can be reserved',
  },
  {
    name: 'table-of-payment-moves',
    guards: 'the database refuses an illegal move of a payment',
    file: PAYMENT_GUARD,
    find: "('pending>processing', 'pending>failed', 'processing>succeeded', 'processing>failed') THEN\n    RAISE EXCEPTION 'payment order",
    replace: "('') AND false THEN\n    RAISE EXCEPTION 'payment order",
    spec: GUARDS_SPEC,
    test: 'the database keeps the tables of moves',
  },
  {
    name: 'table-of-refund-moves',
    guards: 'the database refuses an illegal move of a refund',
    file: DECISIONS,
    find: "('pending>processing', 'pending>failed', 'processing>succeeded', 'processing>failed') THEN\n    RAISE EXCEPTION 'refund order",
    replace: "('') AND false THEN\n    RAISE EXCEPTION 'refund order",
    spec: GUARDS_SPEC,
    test: 'the database keeps the tables of moves',
  },
  {
    name: 'proof-of-a-payment',
    guards: 'the database ends no payment without proof',
    file: PAYMENT_GUARD,
    find: "RAISE EXCEPTION 'payment order % has no proof of being %', OLD.id, NEW.status USING ERRCODE = 'check_violation';",
    replace: 'NULL;',
    spec: GUARDS_SPEC,
    test: 'a payment ends only with proof of its own',
  },
  {
    name: 'amount-of-the-proof',
    guards: 'a proof of another amount ends no payment',
    file: PAYMENT_GUARD,
    find: "o.subject = 'payment' AND o.status = NEW.status AND o.amount = NEW.amount",
    replace: "o.subject = 'payment' AND o.status = NEW.status",
    spec: GUARDS_SPEC,
    test: 'a payment ends only with proof of its own',
  },
  {
    name: 'order-of-the-proof',
    guards: "a proof by another order's page ends no payment",
    file: PAYMENT_GUARD,
    find: 'WHERE a.id = kept.attempt_id AND a.payment_order_id = NEW.id)',
    replace: 'WHERE a.id = kept.attempt_id)',
    spec: GUARDS_SPEC,
    test: 'a payment ends only with proof of its own',
  },
  {
    name: 'never-payable',
    guards: 'an order with an open page does not fail as never payable',
    file: PAYMENT_GUARD,
    find: "WHERE a.payment_order_id = NEW.id AND a.state IN ('begun', 'payable'))",
    replace: 'WHERE a.payment_order_id = NEW.id AND false)',
    spec: GUARDS_SPEC,
    test: 'a payment ends only with proof of its own',
  },
  {
    name: 'proof-of-a-refund',
    guards: 'the database ends no refund without proof',
    file: DECISIONS,
    find: "RAISE EXCEPTION 'refund order % has no proof of being %', OLD.id, NEW.status USING ERRCODE = 'check_violation';",
    replace: 'NULL;',
    spec: GUARDS_SPEC,
    test: 'a refund ends only with proof of its own',
  },
  {
    name: 'sends-are-not-forgotten',
    guards: 'the database lets no count of sends fall',
    file: DECISIONS,
    find: 'IF NEW.sends < OLD.sends THEN',
    replace: 'IF false THEN',
    spec: GUARDS_SPEC,
    test: 'its sends are counted up',
  },
  {
    name: 'proofs-stay',
    guards: 'a proof is neither changed nor deleted',
    file: GUARDS,
    find: 'CREATE TRIGGER guard_outcome BEFORE UPDATE OR DELETE ON outcomes FOR EACH ROW EXECUTE FUNCTION guard_outcome();',
    spec: ROLES_SPEC,
    test: 'a proof is neither changed nor deleted',
  },
  {
    name: 'events-stay',
    guards: 'an event is neither changed nor deleted',
    file: GUARDS,
    find: 'CREATE TRIGGER guard_event BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION guard_event();',
    spec: ROLES_SPEC,
    test: 'an event is neither changed nor deleted',
  },
  {
    name: 'entry-ids-rise',
    guards: "an event's entry id never falls",
    file: GUARDS,
    find: "RAISE EXCEPTION 'the entry id of event % only rises', OLD.id USING ERRCODE = 'check_violation';",
    replace: 'NULL;',
    spec: ROLES_SPEC,
    test: "an event's entry id rises",
  },
  {
    name: 'api-ends-nothing',
    guards: 'the role of the API can end no order',
    file: GRANTS,
    find: 'GRANT UPDATE (close_requested_at, due_at, updated_at) ON payment_orders TO loomi_api;',
    replace: 'GRANT UPDATE ON payment_orders TO loomi_api;',
    spec: ROLES_SPEC,
    test: 'neither it nor an operator can end an order',
  },
  {
    name: 'refund-without-cover',
    guards: 'the database takes no refund that nothing is reserved for',
    file: DECISIONS,
    find: "RAISE EXCEPTION 'nothing is reserved for refund order %', NEW.id USING ERRCODE = 'check_violation';",
    replace: 'NULL;',
    spec: RESERVATIONS_SPEC,
  },
  {
    name: 'reserved-amount-stays',
    guards: 'the database frees nothing that an open refund holds',
    file: RESERVATIONS,
    find: "RAISE EXCEPTION 'what refunds hold of trade % stays reserved', NEW.trade_no USING ERRCODE = 'check_violation';",
    replace: 'NULL;',
    spec: RESERVATIONS_SPEC,
  },
  {
    name: 'open-orders-stay-due',
    guards: 'the database lets no open order be forgotten',
    file: RESERVATIONS,
    find: "IF NEW.status IN ('pending', 'processing') AND NEW.due_at IS NULL THEN",
    replace: 'IF false THEN',
    spec: RESERVATIONS_SPEC,
  },
  {
    name: 'unsent-events-stay',
    guards: 'a partition with an event that is not on its stream is not dropped',
    file: LOG,
    find: 'CONTINUE WHEN needed;',
    spec: 'apps/processor/src/relay/partition-keeper.spec.ts',
  },
];
