import type { AnomalyFinding, Failure, PaidTrade, PaymentAnswer } from './gateway-answer.js';
import type { LatePaymentChoice } from './late-payment.js';
import type { PaymentStatus } from './payment-moves.js';

/** `refused` and `abandoned` attempts have no page that anybody was given. */
export type AttemptState = 'begun' | 'payable' | 'refused' | 'abandoned';

export interface PaymentBefore {
  id: string;
  status: PaymentStatus;
  closeRequested: boolean;
  expired: boolean;
  /** Ten minutes past its expiry: what the gateway says of an open page now is its last word. */
  longExpired: boolean;
  /** The trade that paid it, once it succeeded. */
  tradeNo: string | null;
  /** What our own refunds hold of it. */
  refundReservedFen: number;
  /** Trades that our books have on it already: what becomes of one is decided when it is first heard of, and not again. */
  knownTrades: readonly string[];
  /** What its app wants late payments to become. */
  latePayment: LatePaymentChoice;
}

export type PaymentMove =
  | { to: 'processing'; paymentUrl: string | null }
  /** `late`: it had failed, and this payment is accepted all the same. */
  | { to: 'succeeded'; trade: PaidTrade; late?: true }
  | { to: 'failed'; failure: Failure };

/** What an answer changes. Nothing is saved here: whoever asked applies it in one transaction. */
export interface PaymentResolution {
  moves: readonly PaymentMove[];
  attempt: { state: AttemptState; over: boolean };
  trades: readonly PaidTrade[];
  anomalies: readonly AnomalyFinding[];
}

/**
 * The one place that decides what the gateway's word does to a payment order: notifications, answers to our calls and
 * queries all come through here, so that the same facts always have the same end.
 */
export function resolvePayment(order: PaymentBefore, attempt: AttemptState, answer: PaymentAnswer): PaymentResolution {
  const unchanged: PaymentResolution = { moves: [], attempt: { state: attempt, over: false }, trades: [], anomalies: [] };
  switch (answer.outcome) {
    case 'payable':
      return resolvePayable(order, attempt, answer.paymentUrl, unchanged);
    case 'paid':
      return resolvePaid(order, answer.trades, answer.refundedFen, unchanged);
    case 'ended':
      return resolveEnded(order, attempt, answer.reason, unchanged);
    case 'refused':
      return attempt === 'begun' ? { ...unchanged, attempt: { state: 'refused', over: true } } : unchanged;
    case 'duplicate':
      // An earlier send of this number arrived and its answer is lost: the page exists and nobody has it.
      return attempt === 'begun' ? { ...unchanged, attempt: { state: 'abandoned', over: false } } : unchanged;
    case 'mismatched':
      return { ...unchanged, anomalies: [mismatch(order, answer)] };
    case 'open':
      return { ...unchanged, attempt: { state: attempt, over: isLastWord(order, attempt) } };
    case 'unknown':
      return { ...unchanged, attempt: { state: attempt, over: isLastWord(order, attempt) && answer.signed } };
    default:
      return answer satisfies never;
  }
}

/** A page that is not the one an open order waits for can never be paid once its time is past. */
function isLastWord(order: PaymentBefore, attempt: AttemptState): boolean {
  return order.longExpired && !(order.status === 'processing' && attempt === 'payable');
}

function resolvePayable(
  order: PaymentBefore,
  attempt: AttemptState,
  paymentUrl: string,
  unchanged: PaymentResolution,
): PaymentResolution {
  if (attempt !== 'begun') return unchanged;
  // The order went on without this page, so it must never reach a payer.
  if (order.status !== 'pending') return { ...unchanged, attempt: { state: 'abandoned', over: false } };
  // A page that comes after the expiry or the close is handed to nobody, and closed at Lakala.
  const page = order.expired || order.closeRequested ? null : paymentUrl;
  return { ...unchanged, attempt: { state: 'payable', over: false }, moves: [{ to: 'processing', paymentUrl: page }] };
}

function resolvePaid(
  order: PaymentBefore,
  trades: readonly [PaidTrade, ...PaidTrade[]],
  refundedFen: number,
  unchanged: PaymentResolution,
): PaymentResolution {
  const [first] = trades;
  const success: PaymentMove = { to: 'succeeded', trade: first };
  const paid: PaymentResolution = { ...unchanged, attempt: { ...unchanged.attempt, over: true }, trades };
  const elsewhere = refundedFen > order.refundReservedFen ? [refundedElsewhere(order, refundedFen)] : [];
  const news = trades.filter((trade) => !order.knownTrades.includes(trade.tradeNo));
  const twice = (credited: string | null) => news.filter((t) => t.tradeNo !== credited).map((t) => paidTwice(order, t));
  switch (order.status) {
    case 'pending':
      return {
        ...paid,
        moves: [{ to: 'processing', paymentUrl: null }, success],
        anomalies: [...twice(first.tradeNo), ...elsewhere],
      };
    case 'processing':
      return { ...paid, moves: [success], anomalies: [...twice(first.tradeNo), ...elsewhere] };
    case 'succeeded':
      return { ...paid, anomalies: [...twice(order.tradeNo), ...elsewhere] };
    case 'failed':
      return { ...paid, ...resolveLate(order, news, elsewhere) };
    default:
      return order.status satisfies never;
  }
}

/** The order stays failed, unless its app accepts late payments: then the first one pays it, and any more pay it again. */
function resolveLate(
  order: PaymentBefore,
  news: readonly PaidTrade[],
  elsewhere: readonly AnomalyFinding[],
): Pick<PaymentResolution, 'moves' | 'anomalies'> {
  const [first, ...more] = news;
  if (first && order.latePayment === 'accept') {
    const anomalies = [paidLate(order, first, 'accept'), ...more.map((trade) => paidTwice(order, trade)), ...elsewhere];
    return { moves: [{ to: 'succeeded', trade: first, late: true }], anomalies };
  }
  const chosen = order.latePayment === 'refund' ? 'refund' : undefined;
  return { moves: [], anomalies: [...news.map((trade) => paidLate(order, trade, chosen)), ...elsewhere] };
}

function resolveEnded(
  order: PaymentBefore,
  attempt: AttemptState,
  reason: 'closed' | 'expired' | 'cancelled',
  unchanged: PaymentResolution,
): PaymentResolution {
  // Lakala knows the attempt, so its page exists even where our books still wait for the answer to the create.
  const state = attempt === 'begun' ? 'abandoned' : attempt;
  const over: PaymentResolution = { ...unchanged, attempt: { state, over: true } };
  if (order.status !== 'processing' || attempt !== 'payable') return over;
  return { ...over, moves: [{ to: 'failed', failure: failureOf(order, reason) }] };
}

function failureOf(order: PaymentBefore, reason: 'closed' | 'expired' | 'cancelled'): Failure {
  if (reason === 'cancelled') return { code: 'cancelled', message: 'the payer cancelled the payment' };
  if (order.closeRequested) return { code: 'closed', message: 'closed unpaid at the request of the app' };
  if (reason === 'expired' || order.expired) return { code: 'expired', message: 'not paid before it expired' };
  return { code: 'closed', message: 'closed unpaid at Lakala' };
}

function mismatch(order: PaymentBefore, answer: Extract<PaymentAnswer, { outcome: 'mismatched' }>): AnomalyFinding {
  return { kind: answer.kind, key: `${answer.kind}:${order.id}:${answer.tradeNo ?? ''}`, detail: answer.cause };
}

function paidTwice(order: PaymentBefore, trade: PaidTrade): AnomalyFinding {
  const detail = `order ${order.id} was paid again by trade ${trade.tradeNo}`;
  return { kind: 'paid_twice', key: `paid_twice:${trade.tradeNo}`, detail };
}

function paidLate(order: PaymentBefore, trade: PaidTrade, chosen?: 'refund' | 'accept'): AnomalyFinding {
  const detail = `order ${order.id} had failed when trade ${trade.tradeNo} paid it`;
  return { kind: 'paid_late', key: `paid_late:${trade.tradeNo}`, detail, chosen };
}

function refundedElsewhere(order: PaymentBefore, refundedFen: number): AnomalyFinding {
  const detail = `Lakala refunded ${refundedFen} fen of order ${order.id}, our refunds hold ${order.refundReservedFen}`;
  return { kind: 'refunded_elsewhere', key: `refunded_elsewhere:${order.id}:${refundedFen}`, detail };
}
