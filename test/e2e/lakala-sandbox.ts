/** An order as the sandbox's ledger tells it: what Lakala believes. */
export interface LedgerOrder {
  out_order_no: string;
  amount: number;
  order_status: string;
  callback_url: string | null;
  order_info: string;
  page: 'answered' | 'answer_lost';
  paid_amount: number;
  refunded_amount: number;
  paid_trades: { trade_no: string; amount: number }[];
  refunds: { out_trade_no: string; trade_no: string; amount: number; state: string }[];
  notifications: { made: number; deliveries: number; acknowledged: number };
  calls: Record<string, number>;
}

export interface Calls {
  create: number;
  query: number;
  close: number;
  refund: number;
  refund_query: number;
}

export interface SentNotification {
  /** As compact JSON the body is what was signed. */
  sent: { url: string; authorization: string; body: object };
  received: { status: number; acknowledged: boolean };
}

/** The control side of the sandbox: Lakala's own books, and the scenes that a test sets. */
export class LakalaSandbox {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async ledger(): Promise<LedgerOrder[]> {
    return (await this.#ask<{ orders: LedgerOrder[] }>('GET', '/control/ledger')).orders;
  }

  order(outOrderNo: string): Promise<LedgerOrder> {
    return this.#ask('GET', `/control/ledger/${outOrderNo}`);
  }

  calls(): Promise<Calls> {
    return this.#ask('GET', '/control/calls');
  }

  /** Replaces all faults; `{}` ends them. */
  async setFaults(faults: object): Promise<void> {
    await this.#ask('PUT', '/control/faults', faults);
  }

  /** So far ahead of the machine's; signatures are checked against it. */
  async moveClock(offsetSeconds: number): Promise<void> {
    await this.#ask('PUT', '/control/clock', { offsetSeconds });
  }

  /** What the payer does, or Lakala itself, past the page. */
  act(outOrderNo: string, action: 'pay' | 'fail' | 'cancel' | 'begin' | 'refund', options: object = {}): Promise<LedgerOrder> {
    return this.#ask('POST', `/control/orders/${outOrderNo}/${action}`, options);
  }

  async settleRefund(outTradeNo: string, state: string): Promise<void> {
    await this.#ask('POST', `/control/refunds/${outTradeNo}`, { state });
  }

  /** Has the day's settlement file written; gives where it is. */
  async settle(date: string, options: object = {}): Promise<string> {
    return (await this.#ask<{ path: string }>('POST', '/control/settlements', { date, ...options })).path;
  }

  notify(outOrderNo: string, options: object = {}): Promise<SentNotification> {
    return this.#ask('POST', '/control/notifications', { out_order_no: outOrderNo, ...options });
  }

  async #ask<Body>(method: string, path: string, content?: object): Promise<Body> {
    const response = await fetch(`${this.url}${path}`, { method, body: content && JSON.stringify(content) });
    const body = (await response.json()) as Body;
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${JSON.stringify(body)}`);
    return body;
  }
}
