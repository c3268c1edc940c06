import { chinaTime, money, type Line } from './line.js';
import type { OrderHistory } from './order-history.js';
import { paymentEnding } from './payment-ending.js';
import { refundEnding } from './refund-ending.js';
import { refundName } from './refund-lines.js';
import { timelineOf } from './timeline.js';

/** What an order or refund waits for, or why it ended. */
interface Ending {
  about: string;
  name: string;
  text: string;
}

export type WhyReport = ReturnType<typeof whyReport>;

/** The timeline of an order, and how it and its refunds stand; what was asked for comes last. */
export function whyReport(history: OrderHistory, reference: string) {
  const { order } = history;
  return {
    order: {
      id: order.id,
      app_id: order.appId,
      merchant_order_id: order.merchantOrderId,
      amount: order.amount,
      currency: order.currency,
      status: order.status,
    },
    times_in_texts: 'China time, UTC+8',
    timeline: timelineOf(history).map(lineView),
    endings: endingsOf(history, reference),
  };
}

/** The report for people, a line a thing that happened. */
export function whyText({ order, timeline, endings }: WhyReport): string {
  const title = `Payment order ${order.id} of ${order.app_id}, its number ${order.merchant_order_id}: ${money(order)}, ${order.status}`;
  const lines = timeline.map(({ at, who, what }) => `${chinaTime(new Date(at))}  ${who.padEnd(8)}  ${what}`);
  const ends = endings.map(({ name, text }) => `${name} ${text}.`);
  return `${[title, 'All times are China time (UTC+8).', '', ...lines, '', ...ends].join('\n')}\n`;
}

function lineView({ at, lastAt, times = 1, who, about, what, traceId }: Line) {
  return { at: at.toISOString(), last_at: (lastAt ?? at).toISOString(), times, who, about, what, trace_id: traceId ?? null };
}

function endingsOf(history: OrderHistory, reference: string): Ending[] {
  const name = reference.toLowerCase();
  const isMeant = ({ id, outTradeNo, gatewayRefundId, merchantRefundId }: OrderHistory['refunds'][number]): boolean =>
    [id, outTradeNo].includes(name) || [gatewayRefundId, merchantRefundId].includes(reference);
  const ofRefunds = history.refunds.map((refund) => {
    const title = `The refund ${refund.id} (${refundName(history, refund.id)})`;
    return { meant: isMeant(refund), ending: { about: refund.id, name: title, text: refundEnding(history, refund) } };
  });
  const meant = ofRefunds.filter((one) => one.meant).map(({ ending }) => ending);
  const others = ofRefunds.filter((one) => !one.meant).map(({ ending }) => ending);
  const payment: Ending = { about: history.order.id, name: 'The payment', text: paymentEnding(history) };
  return meant.length > 0 ? [payment, ...others, ...meant] : [...others, payment];
}
