import type { LatePaymentChoice } from '#domain/orders/late-payment.js';
import type { LateEnd, LateScene } from './late-scene.js';

/** What can happen to an order with a page: `notify` is the message kept in the inbox, `read` that it is applied. */
export type Happening = 'close' | 'expire' | 'pay' | 'notify' | 'read' | 'ask';

/** Every order in which these can happen, each once however often it is named, where a message follows its payment. */
export function interleavings(happenings: readonly Happening[]): Happening[][] {
  const all = new Map(permutations(happenings).map((order) => [order.join(' '), order]));
  return [...all.values()].filter((order) => follows(order, 'pay', 'notify') && follows(order, 'notify', 'read'));
}

function follows(order: readonly Happening[], first: Happening, second: Happening): boolean {
  return !order.includes(second) || order.indexOf(first) < order.indexOf(second);
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

/** Lets them happen in this order, and then whatever is still to come. */
export async function play(scene: LateScene, order: readonly Happening[]): Promise<LateEnd> {
  for (const happening of order) await scene[happening]();
  await scene.settle();
  return scene.end();
}

/** By a small model of its own: the order fails when it is asked about unpaid, while it is to end. */
export function expectedEnd(order: readonly Happening[], choice: LatePaymentChoice): LateEnd {
  if (!failsFirst(order)) {
    return { ...PAID, status: 'succeeded', events: ['pending>processing', 'processing>succeeded'] };
  }
  const events = ['pending>processing', 'processing>failed'];
  switch (choice) {
    case 'hold':
      return { ...PAID, status: 'failed', events, anomalies: ['paid_late'] };
    case 'refund': {
      const atLakala = { paid: 100, refunded: 100, refunds: 1 };
      return { ...PAID, status: 'failed', events, anomalies: ['paid_late resolved'], refunds: ['succeeded 1'], atLakala };
    }
    case 'accept':
      return { ...PAID, status: 'succeeded', events: [...events, 'failed>succeeded'], anomalies: ['paid_late resolved'] };
    default:
      return choice satisfies never;
  }
}

const PAID = {
  whole: true,
  anomalies: [],
  refunds: [],
  refundEvents: 0,
  refundedAmount: 0,
  atLakala: { paid: 100, refunded: 0, refunds: 0 },
};

function failsFirst(order: readonly Happening[]): boolean {
  const paidAt = order.indexOf('pay');
  const wantedEndAt = order.findIndex((happening) => happening === 'close' || happening === 'expire');
  return order.some((happening, at) => happening === 'ask' && at > wantedEndAt && at < paidAt);
}
