import fc from 'fast-check';
import { notification2021, notification2025 } from '../../../test/fixtures/lakala-vectors/real-messages.js';
import { MessageError } from './message-error.js';
import { notificationKey, parseNotification } from './notification-message.js';

type Json = Record<string, unknown>;
const today = JSON.parse(notification2025.body.toString()) as Json & { order_trade_info: Json };
const older = JSON.parse(notification2021.body.toString()) as Json;
const parse = (message: unknown) => parseNotification(Buffer.from(JSON.stringify(message)));
const keyOf = (message: unknown) => notificationKey(parse(message));

describe('parseNotification', () => {
  it("reads today's form, from the real message", () => {
    expect(parseNotification(notification2025.body)).toEqual({
      form: 'cashier',
      outOrderNo: '202020202028',
      merchantNo: '82229007392000A',
      termNo: 'D9296381',
      payOrderNo: '25031111012001101011001746791',
      transMerchantNo: '82229007392000A',
      transTermNo: 'D9296381',
      orderStatus: '2',
      totalAmountFen: 1,
      trade: {
        tradeNo: '2025031166200819100678',
        logNo: '66200819100678',
        tradeType: 'PAY',
        tradeStatus: 'S',
        tradeAmountFen: 1,
        payerAmountFen: 1,
        accTradeNo: '2025031122001468521412228883',
        payMode: 'ALIPAY',
        tradeTime: '20250311195612',
        merchantNo: '82229007392000A',
        termNo: 'D9296381',
      },
    });
  });

  it('reads the older form as a hint, from the real message', () => {
    expect(parseNotification(notification2021.body)).toEqual({
      form: 'hint',
      outOrderNo: 'CH2021090613190866292',
      merchantNo: '822126090640003',
      payOrderNo: '21090611012001970631000463034',
      tradeStatus: 'S',
      tradeNo: '2021090666210003610012',
      logNo: '66210003610012',
      totalAmountFen: 1,
      tradeType: 'PAY',
    });
  });

  it('takes the merchant and terminal of the trade, not those of the order around it', () => {
    const message = parse({ ...today, term_no: 'OTHER', trans_term_no: 'OTHER' });
    expect(message).toMatchObject({ termNo: 'OTHER', trade: { termNo: 'D9296381' } });
  });

  it('reads a message without a trade', () => {
    expect(parse({ ...today, order_trade_info: null })).toMatchObject({ form: 'cashier', trade: null });
  });

  it('never takes a message with an order state for a hint', () => {
    expect(parse({ ...older, ...today }).form).toBe('cashier');
  });

  it.each(['out_order_no', 'merchant_no', 'order_status', 'total_amount'])("refuses today's form without %s", (field) => {
    expect(() => parse({ ...today, [field]: null })).toThrow(MessageError);
  });

  it('refuses a hint without an order number or a status', () => {
    expect(() => parse({ ...older, merchantOrderNo: null })).toThrow(MessageError);
    expect(() => parse({ ...older, payStatus: null })).toThrow('payStatus is missing');
  });

  it('throws nothing but MessageError, whatever the bytes or the JSON', () => {
    const names = fc.constantFrom(...Object.keys(today), ...Object.keys(today.order_trade_info), ...Object.keys(older));
    const flat = fc.dictionary(names, fc.oneof(fc.string(), fc.integer(), fc.constant(null)));
    const message = fc.dictionary(names, fc.oneof(fc.string(), fc.nat(), fc.jsonValue(), flat));
    const raw = fc.oneof(fc.uint8Array(), fc.oneof(fc.jsonValue(), message).map((json) => Buffer.from(JSON.stringify(json))));
    fc.assert(
      fc.property(raw, (bytes) => {
        try {
          notificationKey(parseNotification(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(MessageError);
        }
      }),
    );
  });
});

describe('notificationKey', () => {
  it('is the same for a repeat, whatever else changed in it', () => {
    const repeat = { ...today, order_info: 'x', total_amount: '1', notice_num: 2 };
    expect(keyOf(repeat)).toBe(keyOf(today));
    expect(keyOf({ ...older, noticeNum: 2 })).toBe(keyOf(older));
    expect(keyOf(today)).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    { merchant_no: 'M2' }, { out_order_no: 'o2' }, { order_status: '6' }, { total_amount: 2 }, { order_trade_info: null },
    { order_trade_info: { ...today.order_trade_info, trade_no: '2' } },
    { order_trade_info: { ...today.order_trade_info, trade_type: 'REFUND' } },
    { order_trade_info: { ...today.order_trade_info, trade_status: 'F' } },
  ])("differs in today's form with %j", (change) => expect(keyOf({ ...today, ...change })).not.toBe(keyOf(today)));

  it.each([
    { merchantNo: 'M2' }, { merchantOrderNo: 'o2' }, { payStatus: 'F' }, { amount: 2 }, { lklOrderNo: '2' }, { tradeType: 'REFUND' },
  ])('differs in the older form with %j', (change) => expect(keyOf({ ...older, ...change })).not.toBe(keyOf(older)));
});
