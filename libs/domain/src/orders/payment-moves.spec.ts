import { isFinalPayment, PAYMENT_MOVES, PAYMENT_MOVES_BY_CHOICE, PAYMENT_STATUSES } from './payment-moves.js';
import { isFinalRefund, REFUND_MOVES, REFUND_STATUSES } from './refund-moves.js';

// Written out once more, on purpose: a move that is added or lost in the table must be decided here too.
const LEGAL = ['pending>processing', 'pending>failed', 'processing>succeeded', 'processing>failed'];

function square<S extends string>(statuses: readonly S[]): [S, S][] {
  return statuses.flatMap((from) => statuses.map((to): [S, S] => [from, to]));
}

describe('the transition tables', () => {
  it.each(square(PAYMENT_STATUSES))('decides whether a payment moves from %s to %s', (from, to) => {
    expect(PAYMENT_MOVES[from].includes(to)).toBe(LEGAL.includes(`${from}>${to}`));
  });

  it.each(square(PAYMENT_STATUSES))('decides whether a choice moves a payment from %s to %s', (from, to) => {
    expect(PAYMENT_MOVES_BY_CHOICE[from].includes(to)).toBe(`${from}>${to}` === 'failed>succeeded');
  });

  it.each(square(REFUND_STATUSES))('decides whether a refund moves from %s to %s', (from, to) => {
    expect(REFUND_MOVES[from].includes(to)).toBe(LEGAL.includes(`${from}>${to}`));
  });

  it('knows succeeded and failed, and nothing else, as final', () => {
    expect(PAYMENT_STATUSES.filter(isFinalPayment)).toEqual(['succeeded', 'failed']);
    expect(REFUND_STATUSES.filter(isFinalRefund)).toEqual(['succeeded', 'failed']);
  });
});
