import { readRefundAnswer } from './refund-answers.js';

const ASKED = { outTradeNo: 'R1', merchantNo: 'M1', amountFen: 50 };
const message = { outTradeNo: 'R1', tradeNo: 't', logNo: 'l', tradeTime: '20260131235959', tradeState: 'SUCCESS', refundAmountFen: 50, description: 'RFD#no' };

describe('readRefundAnswer', () => {
  it.each([
    ['SUCCESS', { outcome: 'refunded', tradeNo: 't', logNo: 'l', refundedAt: '2026-01-31T15:59:59.000Z' }],
    ['FAIL', { outcome: 'failed', code: 'FAIL', message: 'RFD#no' }],
    ['INIT', { outcome: 'in_progress', state: 'INIT' }],
    ['DEAL', { outcome: 'in_progress', state: 'DEAL' }],
    ['PROCESSING', { outcome: 'in_progress', state: 'PROCESSING' }],
    ['TIMEOUT', { outcome: 'in_progress', state: 'TIMEOUT' }],
    ['EXCEPTION', { outcome: 'unclear', state: 'EXCEPTION' }],
  ])('reads %s', (tradeState, answer) => {
    expect(readRefundAnswer({ ...message, tradeState }, ASKED)).toEqual(answer);
  });

  it.each([{ outTradeNo: 'R2' }, { merchantNo: 'M2' }, { outTradeNo: undefined }, { refundAmountFen: 49 }, { tradeState: 'NEW' }, { tradeNo: undefined }])(
    'believes nothing of an answer with %j',
    (other) => {
      expect(readRefundAnswer({ ...message, ...other }, ASKED).outcome).toBe('unknown');
    },
  );

  it.each(['1765432109876', undefined])('believes a success whose time is %s', (tradeTime) => {
    expect(readRefundAnswer({ ...message, tradeTime }, ASKED)).toMatchObject({ outcome: 'refunded', refundedAt: null });
  });

  it('does not let another refund fail this one', () => {
    expect(readRefundAnswer({ ...message, tradeState: 'FAIL', outTradeNo: 'R2' }, ASKED).outcome).toBe('unknown');
  });
});
