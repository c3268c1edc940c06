import type { Mutant } from './mutant.ts';

const PLAN = 'libs/domain/src/orders/payment-plan.ts';
const PLAN_SPEC = 'libs/domain/src/orders/payment-plan.spec.ts';
const RESOLVE = 'libs/domain/src/orders/resolve-payment.ts';
const RESOLVE_SPEC = 'libs/domain/src/orders/resolve-payment.spec.ts';
const APPLY = 'libs/domain/src/moves/apply-payment-answer.ts';
const STEPS = 'apps/processor/src/payments/payment-steps.ts';
const WORKER_SPEC = 'apps/processor/src/payments/payment-worker.spec.ts';
const LEASES = 'apps/processor/src/leases/order-leases.ts';
const LEASES_SPEC = 'apps/processor/src/leases/order-leases.spec.ts';
const INBOX_WORKER = 'apps/processor/src/notifications/notification-worker.ts';
const INBOX_WORKER_SPEC = 'apps/processor/src/notifications/notification-worker.spec.ts';

/** Who may work on a payment, what it may begin, and what its answers are worth. */
export const PAYMENT_MUTANTS: readonly Mutant[] = [
  {
    name: 'lease-of-another',
    guards: 'an answer that comes late does not end the lease of who works on the order now',
    file: 'apps/processor/src/payments/payment-worker.ts',
    find: 'waits && order.leaseNo === lease.no',
    replace: 'waits && lease.no > 0',
    spec: 'apps/processor/src/payments/payment-worker.spec.ts',
    test: 'ends its lease with the answer where nothing is to be done next',
  },
  {
    name: 'lease-of-due-orders',
    guards: 'an order that somebody works on is not leased again before its lease is over',
    file: LEASES,
    find: ' AND (o.leased_until IS NULL OR o.leased_until <= loomi_now())',
    spec: LEASES_SPEC,
  },
  {
    name: 'lease-of-named-orders',
    guards: 'a wake-up does not lease an order that somebody works on',
    file: LEASES,
    find: '\n       AND (leased_until IS NULL OR leased_until <= loomi_now()) FOR UPDATE',
    replace: '\n       FOR UPDATE',
    spec: LEASES_SPEC,
  },
  {
    name: 'lease-with-the-first-step',
    guards: 'a wake-up does not lease a payment that somebody works on',
    file: STEPS,
    find: ' && (leasedUntil === null || leasedUntil.getTime() <= nowMs)',
    spec: 'apps/processor/src/payments/payment-steps.spec.ts',
  },
  {
    name: 'late-failure',
    guards: 'a worker whose lease is over does not end that of its successor',
    file: LEASES,
    find: 'WHERE id = $1 AND lease_no = $2`,',
    replace: 'WHERE id = $1 AND lease_no >= $2`,',
    spec: LEASES_SPEC,
  },
  {
    name: 'payment-lease-number',
    guards: 'a worker whose lease is over begins nothing on the order any more',
    file: STEPS,
    find: 'locked.order.leaseNo === lease.no',
    replace: 'locked.order.leaseNo >= lease.no',
    spec: WORKER_SPEC,
    test: 'begins nothing',
  },
  {
    name: 'give-up-what-was-begun',
    guards: 'whoever takes over an order gives up the page that its predecessor asked for',
    file: PLAN,
    find: "if (begun) return { do: 'abandon', attemptId: begun.id };",
    spec: WORKER_SPEC,
    test: 'never hands out a second page',
  },
  {
    name: 'fence-on-the-attempt',
    guards: 'the page of an attempt that was given up is handed to nobody',
    file: RESOLVE,
    find: "if (attempt !== 'begun') return unchanged;",
    spec: RESOLVE_SPEC,
  },
  {
    name: 'page-beside-a-page',
    guards: 'a page that comes while another is out is closed, not handed out',
    file: RESOLVE,
    find: "if (order.status !== 'pending') return { ...unchanged, attempt: { state: 'abandoned', over: false } };",
    spec: RESOLVE_SPEC,
  },
  {
    name: 'page-after-its-time',
    guards: 'a page that comes after the expiry or the close is handed to nobody',
    file: RESOLVE,
    find: 'order.expired || order.closeRequested ? null : paymentUrl',
    replace: 'paymentUrl',
    spec: RESOLVE_SPEC,
  },
  {
    name: 'end-of-a-stray-page',
    guards: 'the end of a page that nobody has does not fail the order',
    file: RESOLVE,
    find: "if (order.status !== 'processing' || attempt !== 'payable') return over;",
    replace: "if (order.status !== 'processing') return over;",
    spec: RESOLVE_SPEC,
  },
  {
    name: 'paid-twice',
    guards: 'a second payment of a paid order is seen',
    file: RESOLVE,
    find: 'anomalies: [...twice(order.tradeNo), ...elsewhere]',
    replace: 'anomalies: elsewhere',
    spec: RESOLVE_SPEC,
  },
  {
    name: 'paid-late',
    guards: 'a payment of a failed order is seen',
    file: RESOLVE,
    find: '...news.map((trade) => paidLate(order, trade, chosen)), ',
    replace: '...(chosen ? [] : []), ',
    spec: WORKER_SPEC,
    test: 'paid late',
  },
  {
    name: 'look-again-after-failure',
    guards: 'a failed order that had a page is asked about again',
    file: PLAN,
    find: 'paged ? nextRecheckAt(order, paged) : null',
    replace: 'null',
    spec: WORKER_SPEC,
    test: 'paid late',
  },
  {
    name: 'last-thirty-seconds',
    guards: 'an order with less than 30 s left is not submitted',
    file: PLAN,
    find: 'order.expiresAtMs - nowMs < SHORTEST_SUBMIT_MS || ',
    spec: PLAN_SPEC,
  },
  {
    name: 'close-at-lakala-first',
    guards: 'an order whose time is over is closed at Lakala before it is asked about',
    file: PLAN,
    find: 'return unwanted || order.closeRequestedAtMs !== null || order.expiresAtMs <= nowMs;',
    replace: 'return unwanted;',
    spec: PLAN_SPEC,
  },
  {
    name: 'refusals-in-a-row',
    guards: 'an order fails by a refusal that is definite or the third in a row, and by no other',
    file: PLAN,
    find: 'if (last && (last.definite || refusals.length >= REFUSALS_UNTIL_FAILED)) {',
    replace: 'if (last) {',
    spec: PLAN_SPEC,
  },
  {
    name: 'inbox-before-a-failure',
    guards: 'no order fails while a message about it is unread',
    file: APPLY,
    find: '(await locked.hasUnreadNews())',
    replace: 'Number(locked.nowMs) < 0',
    spec: WORKER_SPEC,
    test: 'reads the inbox before it fails an order',
  },
  {
    name: 'inbox-before-never-payable',
    guards: 'no order fails as never payable while a message about it is unread',
    file: STEPS,
    find: 'if (await locked.hasUnreadNews()) return wait(batch, order, nowMs + SHORT_WAIT_MS);',
    spec: WORKER_SPEC,
    test: 'reads the inbox before it fails an order that was never payable',
  },
  {
    name: 'row-lock-of-the-order',
    guards: 'whoever changes an order waits for whoever else does',
    file: 'libs/domain/src/moves/locked-payment.ts',
    find: "FOR NO KEY UPDATE OF payment_orders ${whenLocked === 'skip' ? 'SKIP LOCKED' : ''}",
    replace: "${whenLocked === 'skip' ? '' : ''}",
    spec: 'apps/processor/src/payments/payment-turns.spec.ts',
    test: 'loses no turn',
  },
  {
    name: 'proof-of-the-stored-message',
    guards: "a row of the inbox counts only with Lakala's signature",
    file: INBOX_WORKER,
    find: 'const proven = isProven(stored, this.certificates);',
    replace: 'const proven = Boolean(stored);',
    spec: INBOX_WORKER_SPEC,
  },
  {
    name: 'message-applied-once',
    guards: 'a message that somebody else has applied meanwhile is not applied again',
    file: 'apps/processor/src/payments/payment-turns.ts',
    find: 'unread.has(one.notificationId);',
    replace: 'unread.size >= 0;',
    spec: 'apps/processor/src/payments/payment-turns.spec.ts',
  },
  {
    name: 'event-of-a-payment',
    guards: 'a move of a payment and its event are one transaction',
    file: 'libs/domain/src/moves/move-payment.ts',
    find: 'batch.tell({',
    replace: 'void ({',
    spec: WORKER_SPEC,
    test: 'tells every move',
  },
];
