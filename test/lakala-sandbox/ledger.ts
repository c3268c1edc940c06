import { join } from 'node:path';
import type { Endpoint } from './endpoints.ts';
import { NO_FAULTS, type FaultSettings } from './fault-settings.ts';
import { openJournal, type Journal } from './journal.ts';
import type { Attempt, LedgerRecord, Notification, OrderTerms, Refund } from './ledger-records.ts';

/** An order as the platform's books have it. Its status also depends on the time: see `orderStatus`. */
export interface Order extends OrderTerms {
  page: 'answered' | 'answer_lost';
  ended: 'closed' | 'cancelled' | null;
  attempts: Attempt[];
  refunds: Refund[];
  notifications: Notification[];
  calls: Record<Endpoint, number>;
}

const noCalls = (): Record<Endpoint, number> => ({ create: 0, query: 0, close: 0, refund: 0, refund_query: 0 });

/** The platform's books: what the journal's lines add up to. Nothing changes but by `record`, which writes first. */
export class Ledger {
  readonly orders = new Map<string, Order>();
  readonly refunds = new Map<string, Refund>();
  readonly notifications = new Map<string, Notification>();
  readonly calls = noCalls();
  unauthenticated = 0;
  clockOffsetMs = 0;
  faults: FaultSettings = NO_FAULTS;
  /** How often each fault that is limited by `times` has struck, by `target.fault`. */
  readonly faultsFired = new Map<string, number>();
  private readonly byPayOrderNo = new Map<string, Order>();
  private readonly byToken = new Map<string, Order>();
  private readonly byTradeNo = new Map<string, Order>();
  private readonly refundsByTradeNo = new Map<string, Refund>();
  private readonly numbersTaken = new Set<string>();
  /** Calls that name an order before it exists: its own create is the first of them. */
  private readonly callsAhead = new Map<string, Endpoint[]>();
  private readonly journal: Journal<LedgerRecord>;

  constructor(dir: string) {
    this.journal = openJournal<LedgerRecord>(join(dir, 'ledger.jsonl'), (record) => this.apply(record));
  }

  record(record: LedgerRecord): void {
    this.journal.append(record);
    this.apply(record);
  }

  close(): void {
    this.journal.close();
  }

  order(outOrderNo: string): Order | undefined {
    return this.orders.get(outOrderNo);
  }

  orderByPayOrderNo(payOrderNo: string): Order | undefined {
    return this.byPayOrderNo.get(payOrderNo);
  }

  orderByToken(token: string): Order | undefined {
    return this.byToken.get(token);
  }

  orderByTradeNo(tradeNo: string): Order | undefined {
    return this.byTradeNo.get(tradeNo);
  }

  refundByTradeNo(tradeNo: string): Refund | undefined {
    return this.refundsByTradeNo.get(tradeNo);
  }

  /** The first number that `make` gives and that was never given before. */
  unusedNumber(make: () => string): string {
    for (;;) {
      const number = make();
      if (!this.numbersTaken.has(number)) return number;
    }
  }

  private apply(record: LedgerRecord): void {
    switch (record.t) {
      case 'call':
        return this.applyCall(record.endpoint, record.outOrderNo);
      case 'unauthenticated':
        this.unauthenticated += 1;
        return;
      case 'order':
        return this.applyOrder(record.terms);
      case 'page':
        this.known(record.outOrderNo).page = record.page;
        return;
      case 'attempt':
        return this.applyAttempt(this.known(record.outOrderNo), record.attempt);
      case 'ended':
        this.known(record.outOrderNo).ended = record.how;
        return;
      case 'refund':
        return this.applyRefund(record.refund);
      case 'notification':
        this.notifications.set(record.notification.id, record.notification);
        this.known(record.notification.outOrderNo).notifications.push(record.notification);
        return;
      case 'delivery':
        return this.applyDelivery(record);
      case 'clock':
        this.clockOffsetMs = record.offsetMs;
        return;
      case 'faults':
        this.faults = record.settings;
        this.faultsFired.clear();
        return;
      case 'fault_fired': {
        const key = `${record.target}.${record.fault}`;
        this.faultsFired.set(key, (this.faultsFired.get(key) ?? 0) + 1);
        return;
      }
    }
  }

  private known(outOrderNo: string): Order {
    const order = this.orders.get(outOrderNo);
    if (order === undefined) throw new Error(`the journal speaks of order ${outOrderNo} before it was made`);
    return order;
  }

  private applyCall(endpoint: Endpoint, outOrderNo: string | null): void {
    this.calls[endpoint] += 1;
    if (outOrderNo === null) return;
    const order = this.orders.get(outOrderNo);
    if (order !== undefined) order.calls[endpoint] += 1;
    else this.callsAhead.set(outOrderNo, [...(this.callsAhead.get(outOrderNo) ?? []), endpoint]);
  }

  private applyOrder(terms: OrderTerms): void {
    const order: Order = {
      ...terms,
      page: 'answer_lost',
      ended: null,
      attempts: [],
      refunds: [],
      notifications: [],
      calls: noCalls(),
    };
    for (const endpoint of this.callsAhead.get(terms.outOrderNo) ?? []) order.calls[endpoint] += 1;
    this.callsAhead.delete(terms.outOrderNo);
    this.orders.set(terms.outOrderNo, order);
    this.byPayOrderNo.set(terms.payOrderNo, order);
    this.byToken.set(terms.token, order);
    this.numbersTaken.add(terms.payOrderNo);
  }

  private applyAttempt(order: Order, attempt: Attempt): void {
    const at = order.attempts.findIndex((known) => known.tradeNo === attempt.tradeNo);
    if (at < 0) order.attempts.push(attempt);
    else order.attempts[at] = attempt;
    this.byTradeNo.set(attempt.tradeNo, order);
    this.numbersTaken.add(attempt.logNo);
  }

  private applyRefund(refund: Refund): void {
    const order = this.known(refund.outOrderNo);
    const at = order.refunds.findIndex((known) => known.outTradeNo === refund.outTradeNo);
    if (at < 0) order.refunds.push(refund);
    else order.refunds[at] = refund;
    this.refunds.set(refund.outTradeNo, refund);
    this.refundsByTradeNo.set(refund.tradeNo, refund);
    this.numbersTaken.add(refund.logNo);
  }

  private applyDelivery(record: { id: string; acknowledged: boolean; nextDueAtMs: number | null }): void {
    const notification = this.notifications.get(record.id);
    if (notification === undefined)
      throw new Error(`the journal delivers notification ${record.id} before it was made`);
    if (notification.acknowledged) notification.repeatAfterMs = null;
    notification.deliveries += 1;
    notification.held = false;
    notification.acknowledged ||= record.acknowledged;
    notification.dueAtMs = record.nextDueAtMs;
  }
}
