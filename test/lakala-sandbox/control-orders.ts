import { checkedOptions, OPTION } from './control-options.ts';
import type { SandboxClock } from './clock.ts';
import { HttpError } from './http-messages.ts';
import { PAY_MODES, type PayMode, type RefundState } from './ledger-records.ts';
import type { Ledger, Order } from './ledger.ts';
import { orderLine, refundLine } from './ledger-view.ts';
import type { Notifier } from './notifications.ts';
import { paidTrades } from './order-view.ts';
import { press, PRESSES, type Press } from './payer.ts';
import { bookRefund, refundable } from './refunds.ts';

interface PressBody {
  pay_mode: PayMode;
  trade_terminal: string;
  payer_amount: number;
  again: boolean;
  late: boolean;
}

/** What can be done to an order without its page or its merchant. */
export class OrderControl {
  private readonly ledger: Ledger;
  private readonly clock: SandboxClock;
  private readonly notifier: Notifier;

  constructor(ledger: Ledger, clock: SandboxClock, notifier: Notifier) {
    this.ledger = ledger;
    this.clock = clock;
    this.notifier = notifier;
  }

  /** `POST /control/orders/{out_order_no}/{action}` */
  act(outOrderNo: string, action: string, body: Record<string, unknown>): Record<string, unknown> {
    const order = this.ledger.order(outOrderNo);
    if (order === undefined) throw new HttpError(404, `no order ${outOrderNo}`);
    const pressed = PRESSES.find((known) => known === action);
    if (pressed !== undefined) return this.press(order, pressed, body);
    if (action === 'refund') return this.refundByPlatform(order, body);
    throw new HttpError(404, `no action ${action}; known are ${PRESSES.join(', ')}, refund`);
  }

  /** `POST /control/refunds/{out_trade_no}` `{state}`: ends a refund that hangs. */
  settleRefund(outTradeNo: string, body: Record<string, unknown>): Record<string, unknown> {
    const refund = this.ledger.refunds.get(outTradeNo);
    if (refund === undefined) throw new HttpError(404, `no refund ${outTradeNo}`);
    const states: RefundState[] = ['SUCCESS', 'FAIL', 'INIT', 'PROCESSING', 'TIMEOUT', 'EXCEPTION'];
    const { state } = checkedOptions<{ state: RefundState }>(body, { state: OPTION.oneOf(...states) });
    if (state === undefined) throw new HttpError(400, 'state is required');
    const settled = { ...refund, state, becomes: null, settlesAtMs: null };
    this.ledger.record({ t: 'refund', refund: settled });
    return refundLine(settled, this.clock.nowMs());
  }

  private press(order: Order, action: Press, body: Record<string, unknown>): Record<string, unknown> {
    const options = checkedOptions<PressBody>(body, {
      pay_mode: OPTION.oneOf(...PAY_MODES),
      trade_terminal: OPTION.string,
      payer_amount: OPTION.fen,
      again: OPTION.flag,
      late: OPTION.flag,
    });
    const result = press(this.ledger, this.clock.nowMs(), order, action, {
      payMode: options.pay_mode,
      tradeTerminal: options.trade_terminal,
      payerAmount: options.payer_amount,
      again: options.again,
      late: options.late,
    });
    if (!result.done) throw new HttpError(409, result.reason);
    // Lakala speaks up when an attempt has ended, not when it begins.
    if (action !== 'begin') this.notifier.announce(order, result.attempt);
    return { ...orderLine(order, this.clock.nowMs()), trade_no: result.attempt.tradeNo };
  }

  private refundByPlatform(order: Order, body: Record<string, unknown>): Record<string, unknown> {
    const { amount, trade_no: tradeNo } = checkedOptions<{ amount: number; trade_no: string }>(body, {
      amount: OPTION.fen,
      trade_no: OPTION.string,
    });
    const nowMs = this.clock.nowMs();
    const trade = paidTrades(order).find((paid) => tradeNo === undefined || paid.tradeNo === tradeNo);
    if (trade === undefined) throw new HttpError(409, 'the order has no such paid trade');
    const left = refundable(order, trade, nowMs);
    const wanted = amount ?? left;
    if (wanted > left || wanted === 0) throw new HttpError(409, `${left} fen are left to refund`);
    bookRefund(this.ledger, nowMs, order, trade, {
      outTradeNo: null,
      amount: wanted,
      by: 'lakala',
      plan: { state: 'SUCCESS', becomes: null, afterMs: 0 },
    });
    return orderLine(order, nowMs);
  }
}
