import type { GatewayAttempt } from '#domain/entities/gateway-attempt.entity.js';
import type { Trade } from '#domain/entities/trade.entity.js';
import { chinaTime, money, ours, plain, Rank, type Line } from './line.js';
import { moveLines } from './move-lines.js';
import type { OrderHistory } from './order-history.js';
import { wordLines } from './word-lines.js';

/** The story of the payment: what the app asked for, each page that was asked for, what Lakala said, what was booked. */
export function paymentLines(history: OrderHistory): Line[] {
  const { order, attempts, trades, words } = history;
  const about = order.id;
  const request = `asked for a payment of ${money(order)}, to be paid until ${chinaTime(order.expiresAt)}`;
  const lines: Line[] = [{ at: order.createdAt, who: 'app', about, rank: Rank.Request, what: request }];
  if (order.closeRequestedAt !== null) {
    lines.push({ at: order.closeRequestedAt, who: 'app', about, rank: Rank.Request, what: 'asked to close the order' });
  }
  for (const attempt of attempts) {
    const name = attemptName(history, attempt.id);
    lines.push({ at: attempt.begunAt, who: 'us', about, rank: Rank.Begun, what: begunText(history, attempt, name) });
    lines.push(...wordLines(words, attempt.id, about, name));
  }
  for (const message of history.unread) {
    const attempt = attempts.find(({ outOrderNo }) => outOrderNo === message.out_order_no);
    const tries = message.failures > 0 ? `, after ${message.failures} tries that failed` : '';
    const what = `sent a notification about ${attemptName(history, attempt?.id ?? '')}, which is not applied yet${tries}`;
    lines.push({ at: message.received_at, who: 'Lakala', about, rank: Rank.Heard, what });
  }
  const booked = trades.map((trade): Line => {
    const what = tradeText(trade, order.currency, attemptName(history, trade.attemptId));
    return { at: trade.createdAt, who: 'us', about, rank: Rank.Booked, what };
  });
  return [...lines, ...booked, ...moveLines(history, 'payment', order.id)];
}

/** Attempts are counted in the order they began. */
export function attemptName({ attempts }: OrderHistory, id: string): string {
  return `attempt ${attempts.findIndex((attempt) => attempt.id === id) + 1}`;
}

function begunText({ words }: OrderHistory, attempt: GatewayAttempt, name: string): string {
  const asked = `asked Lakala for a page: ${name}, number ${attempt.outOrderNo}, merchant ${attempt.merchantNo}`;
  const told = words.some(({ subjectId, call }) => subjectId === attempt.id && call === 'create');
  switch (attempt.state) {
    case 'begun':
      return told ? asked : `${asked}; no answer yet`;
    case 'abandoned':
      return `${asked} (${told ? '' : 'no answer came; '}given up since: nobody has its page)`;
    case 'refused':
      return told ? asked : `${asked}; refused: ${attempt.refusalCode ?? ''} ${plain(attempt.refusalMessage ?? '')}`.trim();
    case 'payable':
      return asked;
    default:
      return attempt.state satisfies never;
  }
}

function tradeText(trade: Trade, currency: string, name: string): string {
  const by = trade.payMode === null ? '' : ` by ${plain(trade.payMode)}`;
  const paid = trade.paidAt === null ? '' : `, paid at ${chinaTime(trade.paidAt)} by Lakala's clock`;
  const channel = trade.accTradeNo === null ? '' : `, the channel's number ${ours(trade.accTradeNo)}`;
  return `booked ${money({ amount: trade.amount, currency })} paid${by} on ${name}: trade ${trade.tradeNo}, log ${trade.logNo}${paid}${channel}`;
}
