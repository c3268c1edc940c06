import fc from 'fast-check';
import { createAnswer2024 } from '../../../test/fixtures/lakala-vectors/real-messages.js';
import {
  closeRequestData,
  createRequestData,
  parseCloseAnswer,
  parseCreateAnswer,
  parseQueryAnswer,
  queryRequestData,
} from './cashier-messages.js';
import { parseEnvelope } from './envelope.js';
import { MessageError } from './message-error.js';

const order = {
  outOrderNo: '01980000000070008000000000000001',
  merchantNo: '82229007392000A',
  totalAmountFen: 1,
  title: '一',
  expiresAt: new Date('2024-09-05T03:38:08Z'),
  notifyUrl: 'https://pay.example/api/v1/webhooks/lakala',
};
const paidTrade = {
  trade_no: '2025031166200819100678', log_No: '66200819100678', trade_type: 'PAY', trade_status: 'S', trade_amount: 100,
  payer_amount: 90, acc_trade_no: '2025031122001468521412228883', pay_mode: 'ALIPAY', trade_time: '20250311195612',
  settle_merchant_no: '82229007392000A', settle_term_no: 'D9296381',
};
const failedTrade = { trade_no: null, trade_type: 'PAY', trade_status: 'F', payer_amount: '', trade_time: '2021092264452' };
const answer = {
  out_order_no: 'a1', pay_order_no: '25031111012001101011001746791', order_status: '2', total_amount: 100,
  order_efficient_time: '20250315152558', trans_merchant_no: 'M1', trans_term_no: 'T1',
  order_trade_info_list: [paidTrade, failedTrade],
};

describe('createRequestData', () => {
  it('has the fields and flags of the protocol', () => {
    expect(createRequestData({ ...order, termNo: 'D9296381', callbackUrl: 'https://shop.example/back' })).toEqual({
      out_order_no: '01980000000070008000000000000001',
      merchant_no: '82229007392000A',
      term_no: 'D9296381',
      total_amount: '1',
      order_efficient_time: '20240905113808',
      order_info: '一',
      notify_url: 'https://pay.example/api/v1/webhooks/lakala',
      callback_url: 'https://shop.example/back',
      support_refund: 1,
      support_cancel: 0,
      support_repeat_pay: 0,
      close_order_auto_refund: 0,
      repeat_pay_auto_refund: 0,
    });
  });

  it('leaves out what it was not given', () => {
    expect(createRequestData(order)).not.toHaveProperty('callback_url');
    expect(createRequestData(order)).not.toHaveProperty('term_no');
  });

  it('cuts a title to 64 characters, never through the middle of one', () => {
    const titleOf = (title: string) => createRequestData({ ...order, title })['order_info'];
    expect(titleOf('字'.repeat(64))).toBe('字'.repeat(64));
    expect(titleOf('字'.repeat(65))).toBe('字'.repeat(64));
    expect(titleOf(`${'a'.repeat(63)}😀`)).toBe('a'.repeat(63));
    expect(titleOf('😀'.repeat(33))).toBe('😀'.repeat(32));
  });

  it.each([
    [{ outOrderNo: 'x'.repeat(33) }, 'out_order_no'],
    [{ outOrderNo: '' }, 'out_order_no'],
    [{ merchantNo: 'x'.repeat(33) }, 'merchant_no'],
    [{ notifyUrl: 'x'.repeat(129) }, 'notify_url'],
    [{ callbackUrl: 'x'.repeat(129) }, 'callback_url'],
    [{ totalAmountFen: 0 }, 'total_amount'],
    [{ totalAmountFen: 0.5 }, 'total_amount'],
    [{ totalAmountFen: 1e12 }, 'total_amount'],
  ])('refuses %j by name, before Lakala does', (change, field) => {
    expect(() => createRequestData({ ...order, ...change })).toThrow(new RegExp(`^${field} must`));
  });
});

describe('query and close requests', () => {
  it('name the order by our number and its merchant', () => {
    const expected = { out_order_no: 'a1', merchant_no: 'M1' };
    expect(queryRequestData({ outOrderNo: 'a1', merchantNo: 'M1' })).toEqual(expected);
    expect(closeRequestData({ outOrderNo: 'a1', merchantNo: 'M1' })).toEqual(expected);
  });
});

describe('parseCreateAnswer', () => {
  it('reads the real answer and leaves the page address as it is', () => {
    const { respData } = parseEnvelope(createAnswer2024.body);
    expect(parseCreateAnswer(respData)).toEqual({
      merchantNo: '82229007392000A',
      outOrderNo: 'ORD20240829113808',
      payOrderNo: '24082911012001101011001335026',
      totalAmountFen: 1,
      counterUrl: respData?.['counter_url'],
    });
    expect(respData?.['counter_url']).toContain('pageStyle%3DV2%26token%3D');
  });

  it('refuses an answer without a field we compare or hand on, and a page that is no web page', () => {
    const data = parseEnvelope(createAnswer2024.body).respData ?? {};
    for (const field of ['merchant_no', 'out_order_no', 'pay_order_no', 'total_amount', 'counter_url']) {
      expect(() => parseCreateAnswer({ ...data, [field]: null })).toThrow(field);
    }
    expect(() => parseCreateAnswer({ ...data, counter_url: 'javascript://x' })).toThrow('counter_url');
    expect(() => parseCreateAnswer(undefined)).toThrow('resp_data');
  });
});

describe('parseQueryAnswer', () => {
  it('reads a paid order with an earlier failed attempt', () => {
    expect(parseQueryAnswer(answer)).toEqual({
      merchantNo: undefined,
      outOrderNo: 'a1',
      payOrderNo: '25031111012001101011001746791',
      orderStatus: '2',
      totalAmountFen: 100,
      transMerchantNo: 'M1',
      transTermNo: 'T1',
      orderEfficientTime: new Date('2025-03-15T07:25:58Z'),
      trades: [
        {
          tradeNo: '2025031166200819100678', logNo: '66200819100678', tradeType: 'PAY', tradeStatus: 'S',
          tradeAmountFen: 100, payerAmountFen: 90, accTradeNo: '2025031122001468521412228883', payMode: 'ALIPAY',
          tradeTime: '20250311195612', merchantNo: '82229007392000A', termNo: 'D9296381',
        },
        {
          tradeNo: '', logNo: '', tradeType: 'PAY', tradeStatus: 'F', tradeAmountFen: 0, payerAmountFen: undefined,
          accTradeNo: undefined, payMode: undefined, tradeTime: '2021092264452', merchantNo: 'M1', termNo: 'T1',
        },
      ],
    });
  });

  it('reads log_no in either spelling', () => {
    const { log_No: logNo, ...trade } = paidTrade;
    const [read] = parseQueryAnswer({ ...answer, order_trade_info_list: [{ ...trade, log_no: logNo }] }).trades;
    expect(read?.logNo).toBe('66200819100678');
  });

  it('reads an order nobody tried to pay, and the merchant where it is given', () => {
    const unpaid = { ...answer, order_status: 0, total_amount: '100', merchant_no: 'M2', order_trade_info_list: null };
    expect(parseQueryAnswer(unpaid)).toMatchObject({ orderStatus: '0', totalAmountFen: 100, merchantNo: 'M2', trades: [] });
  });

  it('does not disbelieve a payment for an unreadable time or discount', () => {
    const trades = [{ ...paidTrade, payer_amount: '0.90' }];
    const [trade] = parseQueryAnswer({ ...answer, order_trade_info_list: trades }).trades;
    expect(trade).toMatchObject({ tradeAmountFen: 100, payerAmountFen: undefined });
    expect(parseQueryAnswer({ ...answer, order_efficient_time: '2025-03-15' }).orderEfficientTime).toBeUndefined();
  });

  it.each(['trade_no', 'log_No', 'trade_amount', 'trade_type', 'trade_status'])(
    'refuses a trade that succeeded without %s',
    (field) => {
      const trades = [{ ...paidTrade, [field]: null }];
      expect(() => parseQueryAnswer({ ...answer, order_trade_info_list: trades })).toThrow(MessageError);
    },
  );

  it.each([{ total_amount: '1.00' }, { out_order_no: {} }, { order_status: '' }, { order_trade_info_list: {} }, { order_trade_info_list: [1] }])(
    'refuses %j',
    (change) => expect(() => parseQueryAnswer({ ...answer, ...change })).toThrow(MessageError),
  );
});

describe('parseCloseAnswer', () => {
  it('needs the state and takes the rest as it comes', () => {
    expect(parseCloseAnswer({ order_status: '7' })).toEqual({ orderStatus: '7' });
    expect(parseCloseAnswer({ order_status: 7, out_order_no: 'a1', merchant_no: 'M1', total_amount: '5' })).toEqual({
      orderStatus: '7', outOrderNo: 'a1', merchantNo: 'M1', totalAmountFen: 5,
    });
    expect(() => parseCloseAnswer({ out_order_no: 'a1' })).toThrow('order_status is missing');
  });
});

describe('the answer parsers', () => {
  it('throw nothing but MessageError, whatever the JSON', () => {
    const names = fc.constantFrom(...Object.keys(answer), ...Object.keys(paidTrade), 'merchant_no', 'counter_url');
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.double(), fc.constant(null), fc.boolean());
    const entry = fc.dictionary(names, scalar);
    const data = fc.dictionary(names, fc.oneof(scalar, entry, fc.array(entry)));
    fc.assert(
      fc.property(fc.oneof(data, fc.dictionary(fc.string(), fc.jsonValue())), (respData) => {
        for (const parse of [parseCreateAnswer, parseQueryAnswer, parseCloseAnswer]) {
          try {
            parse(respData);
          } catch (error) {
            expect(error).toBeInstanceOf(MessageError);
          }
        }
      }),
    );
  });
});
