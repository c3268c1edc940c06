import fc from 'fast-check';
import { MessageError } from './message-error.js';
import { parseRefundAnswer, refundQueryRequestData, refundRequestData } from './refund-messages.js';

const refund = {
  merchantNo: '82229007392000A',
  termNo: 'D9296381',
  outTradeNo: '01980000000070008000000000000002',
  refundAmountFen: 50,
  originTradeNo: '2025031166200819100678',
  originLogNo: '66200819100678',
  requestIp: '203.0.113.7',
};

describe('refundRequestData', () => {
  it('names the paid trade, its merchant and terminal, and no order number of ours', () => {
    expect(refundRequestData({ ...refund, reason: '不想要了' })).toEqual({
      merchant_no: '82229007392000A',
      term_no: 'D9296381',
      out_trade_no: '01980000000070008000000000000002',
      refund_amount: '50',
      refund_reason: '不想要了',
      origin_trade_no: '2025031166200819100678',
      origin_log_no: '66200819100678',
      location_info: { request_ip: '203.0.113.7' },
    });
  });

  it('leaves out a reason nobody gave and cuts a long one to 32 characters', () => {
    expect(refundRequestData({ ...refund, reason: null })).not.toHaveProperty('refund_reason');
    expect(refundRequestData({ ...refund, reason: '' })).not.toHaveProperty('refund_reason');
    expect(refundRequestData({ ...refund, reason: `${'因'.repeat(31)}😀` })['refund_reason']).toBe('因'.repeat(31));
  });

  it.each([
    [{ outTradeNo: 'x'.repeat(33) }, 'out_trade_no'],
    [{ originTradeNo: '' }, 'origin_trade_no'],
    [{ originLogNo: '' }, 'origin_log_no'],
    [{ termNo: '' }, 'term_no'],
    [{ requestIp: '' }, 'request_ip'],
    [{ refundAmountFen: 0 }, 'refund_amount'],
  ])('refuses %j by name', (change, field) => {
    expect(() => refundRequestData({ ...refund, ...change })).toThrow(new RegExp(`^${field} must`));
  });
});

describe('refundQueryRequestData', () => {
  it('asks by our number under the merchant and terminal of the trade', () => {
    expect(refundQueryRequestData(refund)).toEqual({
      merchant_no: '82229007392000A', term_no: 'D9296381', out_trade_no: '01980000000070008000000000000002',
    });
  });
});

describe('parseRefundAnswer', () => {
  it('reads an answer with everything', () => {
    expect(
      parseRefundAnswer({
        trade_state: 'SUCCESS', trade_no: 'R1', log_no: 'L1', refund_amount: '50', total_amount: 100, refund_type: 'PART',
        channel_ret_desc: 'RFD00000#成功', out_trade_no: 'o1', merchant_no: 'M1', trade_time: '20260131235959', split_info: [],
      }),
    ).toEqual({
      tradeState: 'SUCCESS', tradeNo: 'R1', logNo: 'L1', refundAmountFen: 50, totalAmountFen: 100, refundType: 'PART',
      description: 'RFD00000#成功', outTradeNo: 'o1', merchantNo: 'M1', tradeTime: '20260131235959',
    });
  });

  it('reads log_No too, the way a query spells it', () => {
    expect(parseRefundAnswer({ trade_state: 'SUCCESS', log_No: 'L1' }).logNo).toBe('L1');
  });

  it('reads a failure that has little else than its state', () => {
    expect(parseRefundAnswer({ trade_state: 'FAIL', trade_no: '' })).toEqual({ tradeState: 'FAIL' });
  });

  it.each([{}, { trade_state: '' }, { trade_state: 'SUCCESS', refund_amount: '0.50' }, { trade_state: 'SUCCESS', merchant_no: [] }])(
    'refuses %j, since it could not be compared with what was asked',
    (data) => expect(() => parseRefundAnswer(data)).toThrow(MessageError),
  );

  it('throws nothing but MessageError, whatever the JSON', () => {
    const names = fc.constantFrom('trade_state', 'trade_no', 'log_no', 'refund_amount', 'out_trade_no', 'refund_type');
    fc.assert(
      fc.property(fc.option(fc.dictionary(names, fc.jsonValue()), { nil: undefined }), (data) => {
        try {
          parseRefundAnswer(data);
        } catch (error) {
          expect(error).toBeInstanceOf(MessageError);
        }
      }),
    );
  });
});
