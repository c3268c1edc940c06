import { parseChinaTime } from './china-time.js';
import { MessageError } from './message-error.js';
import type { AmountUnit, SettlementFormat, SettlementLine } from './settlement-format.js';

/** Which column holds what, by its name in the header without a unit in brackets. Others are not read. */
const COLUMNS = {
  merchantNo: '商户编号',
  date: '交易日期',
  time: '交易时间',
  tradeType: '交易类型',
  logNo: '拉卡拉流水号',
  originLogNo: '原拉卡拉流水号',
  amount: '交易金额',
  fee: '手续费',
  settled: '结算金额',
  orderNo: '商户订单号',
  payOrderNo: '支付订单号',
} as const;
type Column = keyof typeof COLUMNS;
const REQUIRED: readonly Column[] = ['merchantNo', 'date', 'time', 'tradeType', 'logNo', 'amount'];

/** An assumption, as no list of the words was found; a reversal (撤销, 冲正) of either is neither. */
const KINDS: readonly (readonly [RegExp, SettlementLine['kind']])[] = [
  [/撤销|冲正|CANCEL/i, 'other'],
  [/退货|退款|REFUND/i, 'refund'],
  [/消费|支付|PAY/i, 'payment'],
];

/** `|` between the cells, a header line, columns found by their names (docs/lakala.md, "Reconciliation"). */
export const PIPED_SETTLEMENT: SettlementFormat = {
  readHeader(header, unit) {
    const names = cellsOf(header.replace(/^\uFEFF/, '')).map((name) => name.replace(/[(（](分|元)[)）]$/, ''));
    for (const name of Object.values(COLUMNS)) {
      if (names.indexOf(name) !== names.lastIndexOf(name)) throw new MessageError(name, 'is there twice');
    }
    for (const column of REQUIRED) {
      if (!names.includes(COLUMNS[column])) throw new MessageError(COLUMNS[column], 'is not in the header');
    }
    const places = Object.fromEntries(Object.entries(COLUMNS).map(([column, name]) => [column, names.indexOf(name)])) as Record<Column, number>;
    return (line) => {
      const cells = cellsOf(line);
      if (cells.length !== names.length) throw new MessageError('the line', `has ${cells.length} cells, the header ${names.length}`);
      return readCells((column) => cells[places[column]] ?? '', unit);
    };
  },
};

function cellsOf(line: string): string[] {
  return line.split('|').map((cell) => cell.trim());
}

function readCells(cell: (column: Column) => string, unit: AmountUnit): SettlementLine {
  const tradeType = shown(cell, 'tradeType') ?? '';
  const kind = KINDS.find(([word]) => word.test(tradeType))?.[1] ?? 'other';
  const amountFen = requiredFen(cell, 'amount', unit);
  if (kind === 'payment' && amountFen < 0) throw new MessageError(COLUMNS.amount, 'is negative on a payment');
  return {
    logNo: number(cell, 'logNo'),
    kind,
    tradeType,
    merchantNo: number(cell, 'merchantNo'),
    tradedAt: momentOf(cell('date'), cell('time')),
    // Sources differ in whether a refund has a sign.
    amountFen: Math.abs(amountFen),
    feeFen: optionalFen(cell, 'fee', unit),
    settledFen: optionalFen(cell, 'settled', unit),
    orderNo: shown(cell, 'orderNo'),
    payOrderNo: shown(cell, 'payOrderNo'),
    originLogNo: shown(cell, 'originLogNo'),
  };
}

function number(cell: (column: Column) => string, column: Column): string {
  const value = cell(column);
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(value)) throw new MessageError(COLUMNS[column], 'is not 1 to 64 letters and digits');
  return value;
}

function shown(cell: (column: Column) => string, column: Column): string | null {
  const value = cell(column);
  if (!/^\P{Cc}{0,64}$/u.test(value)) throw new MessageError(COLUMNS[column], 'is not a text of at most 64 characters');
  return value === '' ? null : value;
}

function momentOf(date: string, time: string): Date {
  try {
    return parseChinaTime(date.replaceAll('-', '') + time.replaceAll(':', ''));
  } catch (error) {
    if (error instanceof MessageError) throw new MessageError(`${COLUMNS.date} and ${COLUMNS.time}`, 'are no day and time');
    throw error;
  }
}

function requiredFen(cell: (column: Column) => string, column: Column, unit: AmountUnit): number {
  const amount = optionalFen(cell, column, unit);
  if (amount === null) throw new MessageError(COLUMNS[column], 'is empty');
  return amount;
}

function optionalFen(cell: (column: Column) => string, column: Column, unit: AmountUnit): number | null {
  const value = cell(column);
  if (value === '') return null;
  const [, sign, whole = '', cents = ''] = (unit === 'fen' ? /^(-?)(\d{1,12})$/ : /^(-?)(\d{1,10})(?:\.(\d{1,2}))?$/).exec(value) ?? [];
  if (whole === '') throw new MessageError(COLUMNS[column], unit === 'fen' ? 'is not a whole number of fen' : 'is not an amount in yuan');
  // By digits, not by arithmetic: a double has no exact tenth.
  const fen = Number(unit === 'fen' ? whole : whole + cents.padEnd(2, '0'));
  return sign === '-' && fen !== 0 ? -fen : fen;
}
