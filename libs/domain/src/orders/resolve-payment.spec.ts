import type { PaidTrade, PaymentAnswer } from './gateway-answer.js';
import { resolvePayment, type AttemptState, type PaymentBefore } from './resolve-payment.js';

const ORDER: PaymentBefore = {
  id: 'o1',
  status: 'processing',
  closeRequested: false,
  expired: false,
  longExpired: false,
  tradeNo: null,
  refundReservedFen: 0,
  knownTrades: [],
  latePayment: 'hold',
};
const trade = (tradeNo: string): PaidTrade => ({
  tradeNo,
  logNo: `L${tradeNo}`,
  merchantNo: 'M',
  termNo: 'T',
  accTradeNo: null,
  payMode: null,
  paidAt: null,
});
const paid = (...numbers: [string, ...string[]]): PaymentAnswer => {
  const [first, ...rest] = numbers;
  return { outcome: 'paid', trades: [trade(first), ...rest.map(trade)], refundedFen: 0 };
};
const ended = (reason: 'closed' | 'expired' | 'cancelled'): PaymentAnswer => ({ outcome: 'ended', reason });
const payable: PaymentAnswer = { outcome: 'payable', payOrderNo: 'p', paymentUrl: 'https://pay' };
const unknown = (signed: boolean): PaymentAnswer => ({ outcome: 'unknown', cause: 'no answer in time', signed });

interface Case {
  promise: string;
  before: Partial<PaymentBefore>;
  attempt: AttemptState;
  answer: PaymentAnswer;
  moves: string[];
  after: { state: AttemptState; over: boolean };
  anomalies?: string[];
  /** What the app's choice makes of which late payment. */
  chosen?: string[];
}

const CASES: Case[] = [
  { promise: 'the page of a begun attempt makes a pending order payable', before: { status: 'pending' }, attempt: 'begun', answer: payable, moves: ['processing'], after: { state: 'payable', over: false } },
  { promise: 'a page of an abandoned attempt is never handed out', before: { status: 'pending' }, attempt: 'abandoned', answer: payable, moves: [], after: { state: 'abandoned', over: false } },
  { promise: 'a page that comes when another is out is given up', before: {}, attempt: 'begun', answer: payable, moves: [], after: { state: 'abandoned', over: false } },
  { promise: 'a page that comes after the order failed is given up', before: { status: 'failed' }, attempt: 'begun', answer: payable, moves: [], after: { state: 'abandoned', over: false } },
  { promise: 'a payment makes a processing order succeed', before: {}, attempt: 'payable', answer: paid('1'), moves: ['succeeded 1'], after: { state: 'payable', over: true } },
  { promise: 'a payment of a pending order is two moves', before: { status: 'pending' }, attempt: 'begun', answer: paid('1'), moves: ['processing', 'succeeded 1'], after: { state: 'begun', over: true } },
  { promise: 'money on an abandoned attempt is credited', before: { status: 'pending' }, attempt: 'abandoned', answer: paid('1'), moves: ['processing', 'succeeded 1'], after: { state: 'abandoned', over: true } },
  { promise: 'the same payment again changes nothing', before: { status: 'succeeded', tradeNo: '1' }, attempt: 'payable', answer: paid('1'), moves: [], after: { state: 'payable', over: true } },
  { promise: 'another payment of a paid order is paid_twice', before: { status: 'succeeded', tradeNo: '1' }, attempt: 'payable', answer: paid('2'), moves: [], after: { state: 'payable', over: true }, anomalies: ['paid_twice:2'] },
  { promise: 'of two payments in one answer the second is paid_twice', before: {}, attempt: 'payable', answer: paid('1', '2'), moves: ['succeeded 1'], after: { state: 'payable', over: true }, anomalies: ['paid_twice:2'] },
  { promise: 'a payment of a failed order is paid_late and moves nothing', before: { status: 'failed' }, attempt: 'payable', answer: paid('1'), moves: [], after: { state: 'payable', over: true }, anomalies: ['paid_late:1'] },
  { promise: 'a late payment that its app wants refunded is refunded, and moves nothing', before: { status: 'failed', latePayment: 'refund' }, attempt: 'payable', answer: paid('1'), moves: [], after: { state: 'payable', over: true }, anomalies: ['paid_late:1'], chosen: ['refund paid_late:1'] },
  { promise: 'each of two late payments is refunded', before: { status: 'failed', latePayment: 'refund' }, attempt: 'payable', answer: paid('1', '2'), moves: [], after: { state: 'payable', over: true }, anomalies: ['paid_late:1', 'paid_late:2'], chosen: ['refund paid_late:1', 'refund paid_late:2'] },
  { promise: 'a late payment that its app accepts makes the failed order succeed', before: { status: 'failed', latePayment: 'accept' }, attempt: 'payable', answer: paid('1'), moves: ['succeeded 1'], after: { state: 'payable', over: true }, anomalies: ['paid_late:1'], chosen: ['accept paid_late:1'] },
  { promise: 'a late payment on an abandoned attempt is accepted alike', before: { status: 'failed', latePayment: 'accept' }, attempt: 'abandoned', answer: paid('1'), moves: ['succeeded 1'], after: { state: 'abandoned', over: true }, anomalies: ['paid_late:1'], chosen: ['accept paid_late:1'] },
  { promise: 'of two late payments one is accepted and the other is paid_twice', before: { status: 'failed', latePayment: 'accept' }, attempt: 'payable', answer: paid('1', '2'), moves: ['succeeded 1'], after: { state: 'payable', over: true }, anomalies: ['paid_late:1', 'paid_twice:2'], chosen: ['accept paid_late:1'] },
  { promise: 'a late payment that was held is not accepted by a later choice', before: { status: 'failed', latePayment: 'accept', knownTrades: ['1'] }, attempt: 'payable', answer: paid('1'), moves: [], after: { state: 'payable', over: true } },
  { promise: 'a late payment that was held is not refunded by a later choice', before: { status: 'failed', latePayment: 'refund', knownTrades: ['1'] }, attempt: 'payable', answer: paid('1'), moves: [], after: { state: 'payable', over: true } },
  { promise: 'a second late payment is accepted though a first one was held', before: { status: 'failed', latePayment: 'accept', knownTrades: ['1'] }, attempt: 'payable', answer: paid('1', '2'), moves: ['succeeded 2'], after: { state: 'payable', over: true }, anomalies: ['paid_late:2'], chosen: ['accept paid_late:2'] },
  { promise: 'a late payment that was held is not paid_twice once another was accepted', before: { status: 'succeeded', tradeNo: '2', knownTrades: ['1', '2'] }, attempt: 'payable', answer: paid('1', '2'), moves: [], after: { state: 'payable', over: true } },
  { promise: 'a choice about late payments changes nothing for one in time', before: { latePayment: 'refund' }, attempt: 'payable', answer: paid('1'), moves: ['succeeded 1'], after: { state: 'payable', over: true } },
  { promise: 'a choice about late payments is none about a second one', before: { status: 'succeeded', tradeNo: '1', knownTrades: ['1'], latePayment: 'refund' }, attempt: 'payable', answer: paid('1', '2'), moves: [], after: { state: 'payable', over: true }, anomalies: ['paid_twice:2'] },
  { promise: 'a choice about late payments never undoes an unpaid end', before: { status: 'failed', latePayment: 'accept' }, attempt: 'payable', answer: ended('closed'), moves: [], after: { state: 'payable', over: true } },
  { promise: 'no wrong amount is accepted as a late payment', before: { status: 'failed', latePayment: 'accept' }, attempt: 'payable', answer: { outcome: 'mismatched', kind: 'wrong_amount', cause: 'c', tradeNo: '9' }, moves: [], after: { state: 'payable', over: false }, anomalies: ['wrong_amount:o1:9'] },
  { promise: 'refunds at Lakala of a late payment are refunded_elsewhere where they are not ours', before: { status: 'failed', knownTrades: ['1'] }, attempt: 'payable', answer: { outcome: 'paid', trades: [trade('1')], refundedFen: 6 }, moves: [], after: { state: 'payable', over: true }, anomalies: ['refunded_elsewhere:o1:6'] },
  { promise: 'refunds at Lakala beyond ours are refunded_elsewhere', before: { status: 'succeeded', tradeNo: '1', refundReservedFen: 5 }, attempt: 'payable', answer: { outcome: 'paid', trades: [trade('1')], refundedFen: 6 }, moves: [], after: { state: 'payable', over: true }, anomalies: ['refunded_elsewhere:o1:6'] },
  { promise: 'an unpaid end fails the order whose page it was', before: { expired: true }, attempt: 'payable', answer: ended('closed'), moves: ['failed expired'], after: { state: 'payable', over: true } },
  { promise: 'an end that the app asked for is closed', before: { closeRequested: true, expired: true }, attempt: 'payable', answer: ended('closed'), moves: ['failed closed'], after: { state: 'payable', over: true } },
  { promise: 'an end by the payer is cancelled', before: { closeRequested: true }, attempt: 'payable', answer: ended('cancelled'), moves: ['failed cancelled'], after: { state: 'payable', over: true } },
  { promise: 'an end at Lakala that nobody of ours wanted is closed', before: {}, attempt: 'payable', answer: ended('closed'), moves: ['failed closed'], after: { state: 'payable', over: true } },
  { promise: 'the end of an abandoned attempt fails nothing', before: { status: 'pending' }, attempt: 'abandoned', answer: ended('closed'), moves: [], after: { state: 'abandoned', over: true } },
  { promise: 'the end of an abandoned attempt does not fail the order that has another page', before: {}, attempt: 'abandoned', answer: ended('closed'), moves: [], after: { state: 'abandoned', over: true } },
  { promise: 'the end of a begun attempt gives it up', before: { status: 'pending' }, attempt: 'begun', answer: ended('expired'), moves: [], after: { state: 'abandoned', over: true } },
  { promise: 'a refusal ends its attempt and not the order', before: { status: 'pending' }, attempt: 'begun', answer: { outcome: 'refused', definite: true, code: 'X', message: '' }, moves: [], after: { state: 'refused', over: true } },
  { promise: 'a duplicate gives the attempt up, for its page exists', before: { status: 'pending' }, attempt: 'begun', answer: { outcome: 'duplicate' }, moves: [], after: { state: 'abandoned', over: false } },
  { promise: 'silence proves nothing about an open page', before: { expired: true, longExpired: true }, attempt: 'payable', answer: unknown(false), moves: [], after: { state: 'payable', over: false } },
  { promise: 'a signed word that says nothing proves nothing about an open page', before: { longExpired: true }, attempt: 'payable', answer: unknown(true), moves: [], after: { state: 'payable', over: false } },
  { promise: 'a page nobody has stays on the list while Lakala is silent', before: { longExpired: true }, attempt: 'abandoned', answer: unknown(false), moves: [], after: { state: 'abandoned', over: false } },
  { promise: 'a page nobody has leaves the list once its time is past and Lakala answers', before: { longExpired: true }, attempt: 'abandoned', answer: unknown(true), moves: [], after: { state: 'abandoned', over: true } },
  { promise: 'an open page stays open', before: { expired: true, longExpired: true }, attempt: 'payable', answer: { outcome: 'open' }, moves: [], after: { state: 'payable', over: false } },
  { promise: 'a wrong amount marks nothing paid', before: {}, attempt: 'payable', answer: { outcome: 'mismatched', kind: 'wrong_amount', cause: 'c', tradeNo: '9' }, moves: [], after: { state: 'payable', over: false }, anomalies: ['wrong_amount:o1:9'] },
];

describe('resolvePayment', () => {
  it.each(CASES)('$promise', ({ before, attempt, answer, moves, after, anomalies = [], chosen = [] }) => {
    const resolution = resolvePayment({ ...ORDER, ...before }, attempt, answer);
    const told = resolution.moves.map((move) => {
      if (move.to === 'succeeded') return `succeeded ${move.trade.tradeNo}`;
      return move.to === 'failed' ? `failed ${move.failure.code}` : move.to;
    });
    expect(told).toEqual(moves);
    expect(resolution.attempt).toEqual(after);
    expect(resolution.anomalies.map((finding) => finding.key)).toEqual(anomalies);
    const choices = resolution.anomalies.filter((finding) => finding.chosen !== undefined);
    expect(choices.map((finding) => `${finding.chosen} ${finding.key}`)).toEqual(chosen);
  });

  it.each([{ expired: true }, { closeRequested: true }])('hands a page that comes too late to nobody: %j', (late) => {
    const { moves } = resolvePayment({ ...ORDER, status: 'pending', ...late }, 'begun', payable);
    expect(moves).toEqual([{ to: 'processing', paymentUrl: null }]);
  });

  it('hands the page of a pending order that was paid meanwhile to nobody', () => {
    const { moves } = resolvePayment({ ...ORDER, status: 'pending' }, 'abandoned', paid('1'));
    expect(moves[0]).toEqual({ to: 'processing', paymentUrl: null });
  });
});
