import type { Mutant } from './mutant.ts';

const ANSWERS = 'apps/processor/src/gateway/payment-answers.ts';
const ANSWERS_SPEC = 'apps/processor/src/gateway/payment-answers.spec.ts';
const BUDGET = 'apps/processor/src/gateway/gateway-budget.ts';
const BUDGET_SPEC = 'apps/processor/src/gateway/gateway-budget.spec.ts';
const NOTIFICATION = 'libs/lakala/src/verify-notification.ts';
const WEBHOOK_SPEC = 'apps/api/src/webhook/lakala-webhook.spec.ts';
const LIES_SPEC = 'test/e2e/notifications.spec.ts';

/** What of Lakala's words is believed, and how often Lakala is asked. */
export const GATEWAY_MUTANTS: readonly Mutant[] = [
  {
    name: 'signature-of-a-notification',
    guards: 'a notification that Lakala did not sign is refused',
    file: NOTIFICATION,
    find: 'certificates.all.find((candidate) => isSignedBy(candidate, text, signature))',
    replace: 'certificates.all.find((candidate) => Boolean(candidate) && Boolean(text))',
    spec: WEBHOOK_SPEC,
    test: 'is refused with 401',
  },
  {
    name: 'skew-of-a-notification',
    guards: 'a notification signed too long ago, or in the future, is refused',
    file: NOTIFICATION,
    find: '<= freshness.maxSkewSeconds',
    replace: '<= Infinity',
    spec: WEBHOOK_SPEC,
    test: 'is refused with 401',
  },
  {
    name: 'signature-of-an-answer',
    guards: 'an answer that Lakala did not sign is none',
    file: 'libs/lakala/src/verify-answer.ts',
    find: 'if (!isSignedBy(certificate, signedText([appid, serial, timestamp, nonce], rawBody), signature)) {',
    replace: 'if (rawBody.length < 0) {',
    spec: 'apps/processor/src/payments/payment-worker.spec.ts',
    test: 'believes no answer that Lakala did not sign',
  },
  {
    name: 'one-spelling-of-a-signature',
    guards: 'a signature has one spelling',
    file: 'libs/lakala/src/rsa-signature.ts',
    find: "bytes.toString('base64') === signature && ",
    spec: 'libs/lakala/src/verify-answer.spec.ts',
  },
  {
    name: 'answer-to-its-question',
    guards: "another order's answer to a query is no answer",
    file: ANSWERS,
    find: 'if (answer.outOrderNo !== asked.outOrderNo || merchantNo !== asked.merchantNo) return otherQuestion();',
    spec: 'apps/processor/src/payments/payment-worker.spec.ts',
    test: 'takes no answer that belongs to another order',
  },
  {
    name: 'page-of-another-order',
    guards: "another order's page is not handed out",
    file: ANSWERS,
    find: 'if (answer.outOrderNo !== asked.outOrderNo || answer.merchantNo !== asked.merchantNo) return otherQuestion();',
    spec: ANSWERS_SPEC,
  },
  {
    name: 'amount-of-a-query',
    guards: 'a payment of another amount, told by a query, is none',
    file: ANSWERS,
    find: 'if (answer.totalAmountFen !== asked.amountFen) return wrongAmount(asked, answer.totalAmountFen, payments);',
    spec: ANSWERS_SPEC,
  },
  {
    name: 'amount-of-a-notification',
    guards: 'a payment of another amount, told by a notification, is none',
    file: ANSWERS,
    find: 'if (message.totalAmountFen !== asked.amountFen) {',
    replace: 'if (message.totalAmountFen < 0) {',
    spec: LIES_SPEC,
    test: 'a notification that lies',
  },
  {
    name: 'merchant-of-a-notification',
    guards: 'a payment to another merchant is none',
    file: ANSWERS,
    find: 'if (message.merchantNo !== asked.merchantNo) {',
    replace: "if (message.merchantNo === '') {",
    spec: LIES_SPEC,
    test: 'a notification that lies',
  },
  {
    name: 'state-of-a-notification',
    guards: 'only a payment that succeeded is proof',
    file: ANSWERS,
    find: "message.orderStatus === '2' && ",
    spec: ANSWERS_SPEC,
  },
  {
    name: 'payment-under-way',
    guards: 'an order with a payment under way has not ended',
    file: ANSWERS,
    find: 'payments.some((trade) => LIVE_TRADES.includes(trade.tradeStatus))',
    replace: 'payments.length < 0',
    spec: ANSWERS_SPEC,
  },
  {
    name: 'in-doubt-is-no-refusal',
    guards: 'a code that leaves a create in doubt is no refusal',
    file: 'libs/lakala/src/code-meanings.ts',
    find: "meaning: 'in_doubt',\n    calls: ['create', 'close', 'refund'],\n    codes: [",
    replace: "meaning: 'definite_refusal',\n    calls: ['create', 'close', 'refund'],\n    codes: [",
    spec: 'libs/lakala/src/code-meanings.spec.ts',
  },
  {
    name: 'reserved-share',
    guards: 'creates leave a share of the calls to questions about money',
    file: BUDGET,
    find: 'this.capacity * RESERVED_SHARE',
    replace: '0 * RESERVED_SHARE',
    spec: BUDGET_SPEC,
  },
  {
    name: 'creates-in-flight',
    guards: 'creates leave connections to questions about money',
    file: BUDGET,
    find: 'MAX_CREATES_IN_FLIGHT - this.creates.size',
    replace: 'MAX_CREATES_IN_FLIGHT',
    spec: BUDGET_SPEC,
  },
  {
    name: 'budget-divided',
    guards: 'all processors together stay under the budget',
    file: BUDGET,
    find: 'this.maxCallsPerSecond / Math.max(1, processors)',
    replace: 'this.maxCallsPerSecond / Math.min(1, processors)',
    spec: BUDGET_SPEC,
  },
  {
    name: 'breaker',
    guards: 'no page is asked for while Lakala answers none',
    file: BUDGET,
    find: '!this.breaker.allows(this.creates.size) || ',
    spec: BUDGET_SPEC,
  },
  {
    name: 'lost-answers-open-the-breaker',
    guards: 'the breaker counts lost answers',
    file: 'apps/processor/src/gateway/create-breaker.ts',
    find: "(word as PaymentWord).answer.outcome === 'unknown'",
    replace: '(word as PaymentWord | null) === null',
    spec: BUDGET_SPEC,
  },
];
