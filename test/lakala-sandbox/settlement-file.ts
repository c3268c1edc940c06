import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chinaTime, parseChinaTime } from './china-time.ts';
import { checkedOptions, OPTION } from './control-options.ts';
import type { SandboxClock } from './clock.ts';
import { HttpError } from './http-messages.ts';
import type { Attempt, Refund } from './ledger-records.ts';
import type { Ledger, Order } from './ledger.ts';
import { paidTrades, refundState } from './order-view.ts';

interface SettlementBody {
  date: string;
  amounts_in: 'fen' | 'yuan';
  merchant_no: string;
}

/** 0.38 %, to the nearest fen; a refund gives no fee back. */
const feeOf = (amount: number): number => Math.round((amount * 38) / 10_000);

const DAY_MS = 86_400_000;

/** Writes the settlement files (对账) that come by SFTP from the real platform. */
export class SettlementFiles {
  private readonly ledger: Ledger;
  private readonly clock: SandboxClock;
  private readonly folder: string;

  constructor(ledger: Ledger, clock: SandboxClock, dir: string) {
    this.ledger = ledger;
    this.clock = clock;
    this.folder = join(dir, 'settlements');
  }

  /** `POST /control/settlements` `{date}`: what was paid and given back on that day in China, as it stands now. */
  write(body: Record<string, unknown>): Record<string, unknown> {
    const options = checkedOptions<SettlementBody>(body, {
      date: OPTION.string,
      amounts_in: OPTION.oneOf('fen', 'yuan'),
      merchant_no: OPTION.string,
    });
    const digits = options.date?.replaceAll('-', '') ?? '';
    const fromMs = parseChinaTime(`${digits}000000`);
    if (fromMs === null) throw new HttpError(400, 'date: expected a day like 2026-01-31');
    const unit = options.amounts_in ?? 'fen';
    const lines = this.movesOf(fromMs)
      .filter(({ merchantNo }) => options.merchant_no === undefined || options.merchant_no === merchantNo)
      .map((move) => cellsOf(move, unit === 'fen' ? String : yuan).join('|'));
    const name = `JY_${digits}.txt`;
    const path = join(this.folder, name);
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(path, [headerIn(unit === 'fen' ? '分' : '元'), ...lines, ''].join('\n'));
    return { name, path, lines: lines.length };
  }

  private movesOf(fromMs: number): Move[] {
    const nowMs = this.clock.nowMs();
    const moves = [...this.ledger.orders.values()].flatMap((order) => [
      ...paidTrades(order).map((trade) => payment(order, trade)),
      ...order.refunds.filter((refund) => refundState(refund, nowMs) === 'SUCCESS').map((refund) => givenBack(order, refund)),
    ]);
    return moves.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + DAY_MS).sort((a, b) => a.atMs - b.atMs);
  }
}

interface Move {
  merchantNo: string;
  termNo: string;
  atMs: number;
  type: string;
  logNo: string;
  originLogNo: string;
  payMode: string;
  /** Fen, each with its sign. */
  amount: number;
  fee: number;
  orderNo: string;
  payOrderNo: string;
  accTradeNo: string;
}

function payment(order: Order, trade: Attempt): Move {
  const { merchantNo, termNo, atMs, logNo, payMode, amount, accTradeNo } = trade;
  const numbers = { orderNo: order.outOrderNo, payOrderNo: order.payOrderNo, accTradeNo };
  return { merchantNo, termNo, atMs, type: '消费', logNo, originLogNo: '', payMode, amount, fee: feeOf(amount), ...numbers };
}

function givenBack(order: Order, refund: Refund): Move {
  const trade = order.attempts.find(({ tradeNo }) => tradeNo === refund.originTradeNo);
  if (trade === undefined) throw new Error(`refund ${refund.outTradeNo} has no paid trade`);
  const { atMs, logNo, outTradeNo: orderNo } = refund;
  return { ...payment(order, trade), atMs, type: '退货', logNo, originLogNo: trade.logNo, amount: -refund.amount, fee: 0, orderNo };
}

const headerIn = (unit: string): string =>
  `商户编号|交易日期|交易时间|终端号|分支机构|交易类型|拉卡拉流水号|原拉卡拉流水号|卡号|支付渠道|银行名称|交易金额(${unit})|手续费(${unit})|结算金额(${unit})|商户订单号|支付订单号|外部流水号|系统参考号|备注|支付方式`;

function cellsOf(move: Move, money: (fen: number) => string): string[] {
  const time = chinaTime(move.atMs);
  return [
    move.merchantNo,
    time.slice(0, 8),
    time.slice(8),
    move.termNo,
    '',
    move.type,
    move.logNo,
    move.originLogNo,
    // Made up, in the real form: a reader must keep a payer's identity to itself.
    '622202******0000',
    move.payMode,
    '',
    money(move.amount),
    money(move.fee),
    money(move.amount - move.fee),
    move.orderNo,
    move.payOrderNo,
    move.accTradeNo,
    '',
    '',
    'SCPAY',
  ];
}

function yuan(fen: number): string {
  const digits = String(Math.abs(fen)).padStart(3, '0');
  return `${fen < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
