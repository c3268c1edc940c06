import { parseQueryAnswer } from '#lakala/cashier-messages.js';
import type { CashierNotification } from '#lakala/notification-message.js';
import { callbackOf, readCreateAnswer, readNotification, readQueryAnswer, type AskedPayment } from './payment-answers.js';

const EXPIRES_AT_MS = 1_700_000_000_000;
const ASKED: AskedPayment = { outOrderNo: 'A'.repeat(32), merchantNo: 'M1', amountFen: 100, expiresAtMs: EXPIRES_AT_MS };

function entry(status: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    trade_no: 't1', log_No: 'l1', trade_type: 'PAY', trade_status: status, trade_amount: 100, payer_amount: 90,
    trade_time: '20231115061320', settle_merchant_no: 'M1', settle_term_no: 'T9', ...more,
  };
}

function query(orderStatus: string, entries: Record<string, unknown>[] = [], more: Record<string, unknown> = {}) {
  return parseQueryAnswer({
    out_order_no: ASKED.outOrderNo, merchant_no: 'M1', pay_order_no: 'p', order_status: orderStatus, total_amount: 100,
    order_trade_info_list: entries, ...more,
  });
}

const read = (...given: Parameters<typeof query>) => readQueryAnswer(query(...given), ASKED, EXPIRES_AT_MS).outcome;

describe('readQueryAnswer', () => {
  it.each([
    ['2', 'paid'],
    ['6', 'paid'],
  ])('reads order state %s with a payment as %s', (state, outcome) => {
    expect(read(state, [entry('S')])).toBe(outcome);
  });

  it('does not believe a paid order without a payment', () => {
    expect(read('2')).toBe('unknown');
    expect(read('2', [entry('F')])).toBe('unknown');
    expect(read('2', [entry('S', { trade_type: 'REFUND' })])).toBe('unknown');
  });

  it.each([
    ['4', 'expired'],
    ['5', 'cancelled'],
    ['7', 'closed'],
  ])('reads order state %s as ended: %s', (state, reason) => {
    expect(readQueryAnswer(query(state), ASKED, 0)).toEqual({ outcome: 'ended', reason });
    expect(readQueryAnswer(query(state, [entry('F')]), ASKED, 0)).toEqual({ outcome: 'ended', reason });
  });

  it.each(['S', 'P', 'T', 'U'])('does not believe an end while a payment is %s', (status) => {
    expect(['4', '5', '7'].map((state) => read(state, [entry(status)]))).toEqual(['open', 'open', 'open']);
  });

  it('leaves an order open that may still be paid', () => {
    expect(['0', '1', '3'].map((state) => read(state, [entry('F')]))).toEqual(['open', 'open', 'open']);
  });

  it('ends a failed payment only on a word dated ten minutes past its expiry, without a live entry', () => {
    const late = EXPIRES_AT_MS + 600_001;
    expect(readQueryAnswer(query('3'), ASKED, late - 1).outcome).toBe('open');
    expect(readQueryAnswer(query('3'), ASKED, late)).toEqual({ outcome: 'ended', reason: 'expired' });
    expect(readQueryAnswer(query('3', [entry('P')]), ASKED, late).outcome).toBe('open');
    expect(readQueryAnswer(query('0'), ASKED, late).outcome).toBe('open');
  });

  it('takes no answer to another question', () => {
    expect(read('2', [entry('S')], { out_order_no: 'B'.repeat(32) })).toBe('unknown');
    expect(read('2', [entry('S')], { merchant_no: 'M2' })).toBe('unknown');
    expect(read('9')).toBe('unknown');
  });

  it('raises a wrong amount and believes nothing else of it', () => {
    expect(readQueryAnswer(query('2', [entry('S')], { total_amount: 101 }), ASKED, 0)).toMatchObject({
      outcome: 'mismatched',
      kind: 'wrong_amount',
      tradeNo: 't1',
    });
  });

  it('gives credit to the first of several payments, which comes last, and keeps the paid terminal', () => {
    const second = entry('S', { trade_no: 't2' });
    expect(readQueryAnswer(query('2', [second, entry('F', { trade_no: 't0' }), entry('S')]), ASKED, 0)).toMatchObject({
      trades: [{ tradeNo: 't1', logNo: 'l1', merchantNo: 'M1', termNo: 'T9', paidAt: '2023-11-14T22:13:20.000Z' }, { tradeNo: 't2' }],
    });
  });

  it('adds up what Lakala refunded', () => {
    const refunds = [entry('S', { trade_type: 'REFUND', trade_amount: 30 }), entry('F', { trade_type: 'REFUND', trade_amount: 9 })];
    expect(readQueryAnswer(query('6', [...refunds, entry('S')]), ASKED, 0)).toMatchObject({ refundedFen: 30 });
  });
});

describe('what is only shown', () => {
  it.each(['00000000000000', '20230230101010', '2023111506132', 'soon'])('voids no payment: trade_time %s', (time) => {
    const answer = readQueryAnswer(query('2', [entry('S', { trade_time: time })]), ASKED, 0);
    expect(answer).toMatchObject({ outcome: 'paid', trades: [{ tradeNo: 't1', paidAt: null }] });
  });
});

describe('readCreateAnswer', () => {
  const answer = { merchantNo: 'M1', outOrderNo: ASKED.outOrderNo, payOrderNo: 'p', totalAmountFen: 100, counterUrl: 'https://x/%3D' };

  it('hands the page on unchanged', () => {
    expect(readCreateAnswer(answer, ASKED)).toEqual({ outcome: 'payable', payOrderNo: 'p', paymentUrl: 'https://x/%3D' });
  });

  it.each([{ merchantNo: 'M2' }, { outOrderNo: 'B' }, { totalAmountFen: 99 }])('takes no page of another order: %j', (other) => {
    expect(readCreateAnswer({ ...answer, ...other }, ASKED).outcome).toBe('unknown');
  });
});

describe('readNotification', () => {
  const [trade] = query('2', [entry('S')]).trades;
  const message: CashierNotification = {
    form: 'cashier', outOrderNo: ASKED.outOrderNo, merchantNo: 'M1', orderStatus: '2', totalAmountFen: 100, trade: trade ?? null,
  };

  it('is proof of a payment', () => {
    expect(readNotification(message, ASKED)).toMatchObject({ outcome: 'paid', trades: [{ tradeNo: 't1' }] });
  });

  it.each(['0', '3', '4', '5', '6', '7'])('is only a reason to ask with order state %s', (orderStatus) => {
    expect(readNotification({ ...message, orderStatus }, ASKED)).toEqual({ outcome: 'open' });
  });

  it('never marks an order paid whose amount or merchant it does not name', () => {
    expect(readNotification({ ...message, totalAmountFen: 1 }, ASKED)).toMatchObject({ kind: 'wrong_amount' });
    expect(readNotification({ ...message, merchantNo: 'M2' }, ASKED)).toMatchObject({ kind: 'wrong_merchant' });
  });
});

describe('callbackOf', () => {
  it('shows the last attempt of the payer, and a payment before any other', () => {
    const { trades } = query('2', [entry('F', { trade_no: 't2' }), entry('S')]);
    expect(callbackOf(trades, 100, EXPIRES_AT_MS)).toEqual({
      payStatus: 'S', timestamp: '2023-11-14T22:13:20Z', trade_no: 't1', log_no: 'l1', acc_trade_no: null,
      pay_mode: null, trade_time: '20231115061320', payer_amount: 90, total_amount: 100,
    });
    expect(callbackOf(trades.slice(0, 1), 100, 0)).toMatchObject({ payStatus: 'F', trade_no: 't2' });
    expect(callbackOf([], 100, 0)).toBeNull();
  });
});
