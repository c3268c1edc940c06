import fc from 'fast-check';
import type { FuzzTarget } from './fuzz-target.ts';
import type { Operation } from './openapi-document.ts';
import { matching, type KnownValues } from './valid-values.ts';

/** A number of ids that requests share, so that they meet each other: replays, conflicts, closes. */
const SHARED_IDS = 400;
const NOBODYS_ID = '01900000-0000-7000-8000-000000000000';

/** What each call's fields may name: mostly what is there, so that requests get past the first look. */
export function knownValues(target: FuzzTarget): (operation: Operation) => KnownValues {
  const { appId, open, paid, failed, refunds, foreign } = target;
  const orders = [...open, ...paid, failed];
  const shared = fc.integer({ min: 0, max: SHARED_IDS }).map((n) => `F-${n}`);
  const pattern = matching(/^(?!\.{1,2}$)[A-Za-z0-9_.:-]{1,64}$/);
  const merchantOrderId = fc.oneof(
    { weight: 6, arbitrary: shared },
    { weight: 2, arbitrary: pattern },
    fc.constantFrom(...orders.map((order) => order.merchant_order_id)),
  );
  const paymentId = fc.constantFrom(
    ...paid.map(({ id }) => id),
    ...paid.map(({ id }) => id),
    open[0]?.id,
    failed.id,
    foreign.id,
    NOBODYS_ID,
  );
  const refundId = fc.constantFrom(...refunds.map(({ id }) => id), NOBODYS_ID);
  const common: KnownValues = {
    app_id: fc.constant(appId),
    merchant_order_id: merchantOrderId,
    payment_order_id: paymentId,
    refund_order_id: refundId,
    merchant_refund_id: fc.oneof(fc.constant('REFUND-1'), shared, pattern),
    cursor: fc.constantFrom(...cursors(orders)),
    after: fc.constantFrom('0-0', '500-0', '1733221800000-0', '9007199254740991-0'),
    id: fc.constantFrom(...orders.map(({ id }) => id), foreign.id, NOBODYS_ID),
  };
  return ({ template, method }) => {
    if (method === 'POST' && template.endsWith('/refund-orders')) return { ...common, amount: refundAmount };
    // A payer comes back by the number of the attempt, which nobody else sees.
    if (template === '/r/{id}') return { ...common, id: fc.constantFrom(...target.attemptIds, NOBODYS_ID) };
    return common;
  };
}

/** Small ones as a rule, or a few would use up what can be refunded. */
const refundAmount = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 300 }) },
  fc.integer({ min: 1, max: 9_999_999_999 }),
);

/** As the service writes them; it calls them opaque, and a reader of this project may know better. */
function cursors(orders: readonly { id: string }[]): string[] {
  return orders.map(({ id }) => Buffer.from(`2026-01-01T00:00:00.000000Z/${id}`).toString('base64url'));
}
