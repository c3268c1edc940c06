import fc from 'fast-check';
import { formatChinaTime } from './china-time.js';
import { MessageError } from './message-error.js';
import { PIPED_SETTLEMENT } from './piped-settlement.js';
import type { AmountUnit, SettlementLine } from './settlement-format.js';

const HEADER =
  '商户编号|交易日期|交易时间|终端号|分支机构|交易类型|拉卡拉流水号|原拉卡拉流水号|卡号|支付渠道|银行名称|交易金额(分)|手续费(分)|结算金额(分)|商户订单号|支付订单号|外部流水号|系统参考号|备注|支付方式';
const CELLS = ['82229007392000A', '20240115', '235959', 'D9296381', '', '消费', '66200819100678', '', '6222****', '支付宝', '', '1205', '7', '1198', 'order-1', '24011511012001101011', 'x', 'y', '', '扫码'];

const read = (cells: readonly string[], unit: AmountUnit = 'fen', header = HEADER) => PIPED_SETTLEMENT.readHeader(header, unit)(cells.join('|'));
const changed = (place: number, cell: string): string[] => CELLS.map((old, at) => (at === place ? cell : old));

test('a line is read by the names of its columns, and nothing of it that tells who paid', () => {
  const line = read(CELLS);
  expect(line).toEqual({
    logNo: '66200819100678',
    kind: 'payment',
    tradeType: '消费',
    merchantNo: '82229007392000A',
    tradedAt: new Date('2024-01-15T15:59:59Z'),
    amountFen: 1205,
    feeFen: 7,
    settledFen: 1198,
    orderNo: 'order-1',
    payOrderNo: '24011511012001101011',
    originLogNo: null,
  });
  const turned = (text: string) => text.split('|').reverse();
  expect(read(turned(CELLS.join('|')), 'fen', turned(HEADER).join('|'))).toEqual(line);
});

test.each([
  ['fen', '1205', 1205],
  ['fen', '0', 0],
  ['yuan', '12.05', 1205],
  ['yuan', '12', 1200],
  ['yuan', '12.5', 1250],
  ['yuan', '0.29', 29],
  ['yuan', '9999999999.99', 999_999_999_999],
] as const)('in %s an amount of %s is %s fen', (unit, amount, fen) => {
  const cells = changed(11, amount).map((cell, at) => (at === 12 || at === 13 ? '' : cell));
  expect(read(cells, unit)).toMatchObject({ amountFen: fen, feeFen: null, settledFen: null });
});

test.each([
  ['消费', 'payment'], ['扫码支付', 'payment'], ['PAY', 'payment'], ['退货', 'refund'], ['支付退款', 'refund'], ['消费撤销', 'other'], ['提现', 'other'],
])('%s is a %s', (word, kind) => expect(read(changed(5, word)).kind).toBe(kind));

test('a refund with and without a sign is the same refund; a payment has none', () => {
  const refund = changed(5, '退货');
  const signed = refund.map((cell, at) => (at === 11 ? '-1205' : cell));
  expect(read(signed)).toEqual(read(refund));
  expect(() => read(changed(11, '-1205'))).toThrow(/negative/);
});

test.each([
  ['fen with a point', 11, '12.05'],
  ['no amount', 11, ''],
  ['a date that is none', 1, '20240230'],
  ['a time that is none', 2, '246060'],
  ['no log number', 6, ''],
  ['a log number of several words', 6, '66 20'],
  ['no merchant', 0, ''],
  ['a fee in words', 12, 'none'],
  ['an order number without end', 14, 'x'.repeat(65)],
])('%s is refused', (_, place, cell) => expect(() => read(changed(place, cell))).toThrow(MessageError));

test.each([
  ['cut short', CELLS.slice(0, -1)],
  ['too long', [...CELLS, '']],
])('a line that is %s is refused', (_, cells) => expect(() => read(cells)).toThrow(/cells/));

test('yuan with more than two places are refused: they are another unit', () => {
  expect(() => read(changed(11, '1.205'), 'yuan')).toThrow(/yuan/);
});

test.each([
  ['without the log number', HEADER.replace('|拉卡拉流水号', '|别的')],
  ['with a column twice', `${HEADER}|交易金额(元)`],
  ['of another file', 'a|b|c'],
])('a header %s is refused', (_, header) => expect(() => PIPED_SETTLEMENT.readHeader(header, 'fen')).toThrow(MessageError));

const text = fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/);
const optional = fc.option(text, { nil: null });
const amount = fc.integer({ min: 0, max: 999_999_999_999 });
const line: fc.Arbitrary<SettlementLine> = fc.record({
  logNo: text,
  merchantNo: text,
  kindWord: fc.constantFrom(['payment', '消费'], ['refund', '退货'], ['other', '冲正'] as const),
  tradedAt: fc.integer({ min: 1_500_000_000, max: 2_500_000_000 }).map((seconds) => new Date(seconds * 1_000)),
  amountFen: amount,
  feeFen: fc.option(fc.integer({ min: -999_999, max: 999_999 }), { nil: null }),
  settledFen: fc.option(amount, { nil: null }),
  orderNo: optional,
  payOrderNo: optional,
  originLogNo: optional,
}).map(({ kindWord: [kind, tradeType], ...rest }) => ({ ...rest, kind: kind, tradeType: tradeType }));

test('what is written in either unit is read as it was', () => {
  fc.assert(
    fc.property(line, fc.constantFrom<AmountUnit>('fen', 'yuan'), (wanted, unit) => {
      expect(read(written(wanted, unit), unit)).toEqual(wanted);
    }),
  );
});

test('whatever a line is, it is read or refused', () => {
  const cell = fc.oneof(fc.constantFrom(...CELLS), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.tuple(...CELLS.map(() => cell)).map((cells) => cells.join('|'))), (anything) => {
      try {
        read([anything]);
      } catch (error) {
        expect(error).toBeInstanceOf(MessageError);
      }
    }),
  );
});

function written(of: SettlementLine, unit: AmountUnit): string[] {
  const time = formatChinaTime(of.tradedAt);
  const money = (fen: number | null): string => {
    if (fen === null || unit === 'fen') return String(fen ?? '');
    const digits = String(Math.abs(fen)).padStart(3, '0');
    return `${fen < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
  };
  const cells: Record<number, string> = {
    0: of.merchantNo, 1: time.slice(0, 8), 2: time.slice(8), 5: of.tradeType, 6: of.logNo, 7: of.originLogNo ?? '',
    11: money(of.amountFen), 12: money(of.feeFen), 13: money(of.settledFen), 14: of.orderNo ?? '', 15: of.payOrderNo ?? '',
  };
  return CELLS.map((_, place) => cells[place] ?? '');
}
