import type { RefundOrder } from '#domain/entities/refund-order.entity.js';
import { money, plain, Rank, type Line } from './line.js';
import { moveLines } from './move-lines.js';
import type { OrderHistory } from './order-history.js';
import { wordLines } from './word-lines.js';

/** The story of one refund. */
export function refundLines(history: OrderHistory, refund: RefundOrder): Line[] {
  const about = refund.id;
  const name = refundName(history, refund.id);
  const id = refund.merchantRefundId === null ? '' : `, the app's number ${refund.merchantRefundId}`;
  const reason = refund.reason === null ? '' : `: ${plain(refund.reason)}`;
  const request = `asked for ${name}: ${money(refund)} of trade ${refund.originTradeNo}${id}${reason}`;
  const lines: Line[] = [{ at: refund.createdAt, who: 'app', about, rank: Rank.RefundRequest, what: request }];
  if (refund.lastSentAt !== null) {
    const what =
      refund.sends > 1
        ? `sent ${name} to Lakala again, the ${refund.sends}. time under the one number ${refund.outTradeNo}`
        : `sent ${name} to Lakala, number ${refund.outTradeNo}`;
    lines.push({ at: refund.lastSentAt, who: 'us', about, rank: Rank.RefundBegun, what });
  }
  return [...lines, ...wordLines(history.words, refund.id, about, name), ...moveLines(history, 'refund', refund.id)];
}

/** Refunds are counted in the order they were asked for. */
export function refundName({ refunds }: OrderHistory, id: string): string {
  return `refund ${refunds.findIndex((refund) => refund.id === id) + 1}`;
}
