import type { Mutant } from './mutant.ts';

const ORDERS = 'apps/api/src/payments/payment-orders.ts';
const ORDER_ROWS = 'apps/api/src/payments/payment-rows.ts';
const ORDERS_SPEC = 'apps/api/src/payments/payment-orders.spec.ts';
const ROW = 'apps/api/src/payments/payment-order.row.ts';
const GUARD = 'apps/api/src/auth/api-key.guard.ts';
const KEYS = 'apps/api/src/auth/api-keys.ts';
const AUTH_SPEC = 'apps/api/src/auth/auth.spec.ts';
const ADMISSION = 'apps/api/src/http/admission.ts';
const ADMISSION_SPEC = 'apps/api/src/http/admission.spec.ts';
const INBOX = 'apps/api/src/webhook/notification-inbox.ts';

/** What is accepted, from whom, and what is told. */
export const API_MUTANTS: readonly Mutant[] = [
  {
    name: 'one-order-by-its-id',
    guards: 'equal requests at the same moment make one order',
    file: ORDER_ROWS,
    find: 'ON CONFLICT (app_id, merchant_order_id) DO NOTHING',
    also: [
      {
        file: 'libs/domain/src/migrations/1700000000000-create-apps-and-orders.ts',
        find: 'CONSTRAINT payment_orders_merchant_order_unique UNIQUE (app_id, merchant_order_id),',
      },
    ],
    spec: ORDERS_SPEC,
    test: 'made by a hundred equal requests at once is one order',
  },
  {
    name: 'one-order-of-rows',
    guards: 'replicas that make the same orders at once do not wait for each other for ever',
    file: ORDER_ROWS,
    find: '.toSorted(byName)',
    spec: 'apps/api/src/payments/payment-rows.spec.ts',
    test: 'of the same names in two replicas at once',
  },
  {
    name: 'compared-with-the-first',
    guards: 'a merchant_order_id with other parameters is a conflict',
    file: ORDERS,
    find: 'if (different.length > 0) {',
    replace: 'if (different.length < 0) {',
    spec: ORDERS_SPEC,
    test: 'is a conflict that names it',
  },
  {
    name: 'page-of-a-closed-order',
    guards: 'no page is given once the order was asked to close',
    file: ROW,
    find: ' AND payment_orders.close_requested_at IS NULL',
    spec: ORDERS_SPEC,
    test: 'shows its page only while',
  },
  {
    name: 'page-of-an-expired-order',
    guards: 'no page is given from the expiry on',
    file: ROW,
    find: '\n    AND loomi_now() < payment_orders.expires_at THEN',
    replace: ' THEN',
    spec: ORDERS_SPEC,
    test: 'shows its page only while',
  },
  {
    name: 'payer-in-the-callback',
    guards: 'who paid is not shown',
    file: 'apps/api/src/payments/payment-order.view.ts',
    find: 'viewCallback(row.lakala_callback)',
    replace: 'row.lakala_callback',
    spec: ORDERS_SPEC,
    test: 'nothing of who the payer is',
  },
  {
    name: 'key-of-another-app',
    guards: "another app's key gets 403 before any statement touches an order",
    file: GUARD,
    find: 'refuseOtherApps(request, caller);\n  return',
    replace: 'return',
    spec: AUTH_SPEC,
    test: "another app's key gets 403",
  },
  {
    name: 'scope',
    guards: 'a key does only what its scopes allow',
    file: GUARD,
    find: 'if (!caller.scopes.includes(scope)) {',
    replace: 'if (caller.scopes.length < 0) {',
    spec: AUTH_SPEC,
    test: 'without the scope',
  },
  {
    name: 'revoked-key',
    guards: 'a revoked key is refused',
    file: KEYS,
    find: '\n         AND (k.revoked_at IS NULL OR k.revoked_at > loomi_now())',
    spec: AUTH_SPEC,
    test: 'a revoked key is refused',
  },
  {
    name: 'key-remembered-too-long',
    guards: 'a revocation takes effect everywhere within seconds',
    file: KEYS,
    find: 'if (known && performance.now() < known.freshUntilMs) return',
    replace: 'if (known) return',
    spec: AUTH_SPEC,
    test: 'a revoked key is refused',
  },
  {
    name: 'expired-key',
    guards: 'a key is refused from its expiry on',
    file: KEYS,
    find: '\n         AND (k.expires_at IS NULL OR k.expires_at > loomi_now())',
    spec: AUTH_SPEC,
    test: 'a key is refused from its expiry on',
  },
  {
    name: 'commit-before-the-acknowledgement',
    guards: 'a notification is committed before it is acknowledged',
    file: 'apps/api/src/webhook/lakala-webhook.controller.ts',
    find: 'const outcome = await this.inbox.keep(raw, message, proof);',
    replace: "const outcome = 'kept';\n    void this.inbox.keep(raw, message, proof).catch(() => undefined);",
    spec: 'apps/api/src/outages.spec.ts',
    test: 'a notification that cannot be kept',
  },
  {
    name: 'same-notification-again',
    guards: 'a notification told again is kept once',
    file: INBOX,
    find: 'business_key: notificationKey(message),',
    replace: "business_key: notificationKey(message) + newId().replaceAll('-', ''),",
    spec: 'apps/api/src/webhook/lakala-webhook.spec.ts',
    test: 'the same message again',
  },
  {
    name: 'amount-in-the-key-of-a-notification',
    guards: 'a notification of another amount is another one',
    file: 'libs/lakala/src/notification-message.ts',
    find: ', ...parts, message.totalAmountFen]',
    replace: ', ...parts]',
    spec: 'apps/api/src/webhook/lakala-webhook.spec.ts',
    test: 'is another message',
  },
  {
    name: 'unreadable-is-not-acknowledged',
    guards: 'a signed message that cannot be read is not acknowledged',
    file: 'apps/api/src/webhook/lakala-webhook.controller.ts',
    find: "throw new ApiError('malformed_notification', 'The message cannot be read.');",
    replace: "return { form: 'hint', outOrderNo: 'none', tradeStatus: 'none' };",
    spec: 'apps/api/src/webhook/lakala-webhook.spec.ts',
    test: 'what is signed and cannot be read',
  },
  {
    name: 'keys-in-texts',
    guards: 'no API key gets into a log',
    file: 'libs/platform/src/logging/scrub.ts',
    find: "  [/\\blpk_[\\w-]+/g, 'lpk_[key]'],\n",
    spec: 'libs/platform/src/logging/scrub.spec.ts',
  },
  {
    name: 'registered-secrets',
    guards: 'no secret of the configuration gets into a log',
    file: 'libs/platform/src/logging/scrub.ts',
    find: 'maskRegisteredSecrets(text.slice(0, LONGEST_LOOKED_AT))',
    replace: 'text.slice(0, LONGEST_LOOKED_AT)',
    spec: 'libs/platform/src/logging/scrub.spec.ts',
  },
  {
    name: 'fields-of-the-log',
    guards: 'only declared fields get into a log',
    file: 'libs/platform/src/logging/log-values.ts',
    find: 'type === undefined ? undefined : writeValue(type, value)',
    replace: "writeValue(type ?? 'text', value)",
    spec: 'libs/platform/src/logging/log.spec.ts',
  },
  {
    name: 'creates-turned-away',
    guards: 'a create that would wait for too long is turned away at once',
    file: ADMISSION,
    find: 'if (leave === null) return turnAway(door, request, response, surroundings());',
    replace: 'if (leave === null) return serve(request, response);',
    spec: ADMISSION_SPEC,
    test: 'turned away at once',
  },
  {
    name: 'notifications-let-in',
    guards: 'a notification is kept while others are turned away',
    file: ADMISSION,
    find: 'path === WEBHOOK_PATH || ',
    spec: ADMISSION_SPEC,
    test: 'while questions are turned away',
  },
];
