import type { PaymentOrder, RefundOrder } from '../e2e/app-client.ts';

const RANK = { pending: 0, processing: 1, succeeded: 2, failed: 2 } as const;

interface Standing {
  status: PaymentOrder['status'];
  amount: number;
}

/** One order as its app came to know it. */
export interface ToldPayment {
  appId: string;
  merchantOrderId: string;
  /** More than one would be a broken promise. */
  ids: Set<string>;
  amount: number;
  pages: Set<string>;
  status: PaymentOrder['status'];
}

export interface ToldRefund {
  appId: string;
  paymentId: string;
  /** Null: asked for without an id of its own. */
  merchantRefundId: string | null;
  ids: Set<string>;
  amount: number;
  status: RefundOrder['status'];
}

/** An attempt to make an order, as the network saw it. */
export interface CreateTry {
  fromMs: number;
  toMs: number;
  replica: string;
  /** Null: no answer. */
  status: number | null;
}

/** A request that had to be refused. */
export interface Vandalism extends CreateTry {
  what: string;
}

/** Everything the apps were told, and what of it cannot be true together. */
export class Told {
  readonly payments = new Map<string, ToldPayment>();
  readonly refunds = new Map<string, ToldRefund>();
  readonly creates: CreateTry[] = [];
  /** Answers and failures that no promise allows, by guarantee. */
  readonly broken: { guarantee: string; what: string }[] = [];
  /** Texts of answers that were no success, to be searched for secrets. */
  readonly problems = new Set<string>();
  /** Requests that failed while a deploy was going on, and those that did not. */
  readonly duringDeploy = { answered: 0, failed: [] as string[] };
  /** Pages whose order had failed, tried all the same: how often, and how often that was still taken. */
  readonly latePays = { tried: 0, taken: [] as string[] };
  /** What came of asking with another app's key. */
  readonly trespasses = { refused: 0 };
  readonly vandalism: Vandalism[] = [];

  /** `inTurn`: this was asked after everything told before had been answered. */
  payment(order: PaymentOrder, inTurn: boolean): ToldPayment {
    const key = `${order.app_id}/${order.merchant_order_id}`;
    const known = this.payments.get(key) ?? {
      appId: order.app_id,
      merchantOrderId: order.merchant_order_id,
      ids: new Set(),
      amount: order.amount,
      pages: new Set(),
      status: order.status,
    };
    this.payments.set(key, known);
    known.ids.add(order.id);
    const page = order.extra_data.payment_url;
    if (page !== undefined) {
      known.pages.add(page);
      if (order.status !== 'processing' || order.close_requested_at !== null) {
        this.breach('G2', `${key} shows a page while it is ${order.status}, close asked ${order.close_requested_at}`);
      }
    }
    this.#move(key, known, order, inTurn);
    return known;
  }

  refund(key: string, merchantRefundId: string | null, appId: string, refund: RefundOrder): ToldRefund {
    const known = this.refunds.get(key) ?? {
      appId,
      paymentId: refund.payment_order_id,
      merchantRefundId,
      ids: new Set(),
      amount: refund.amount,
      status: refund.status,
    };
    this.refunds.set(key, known);
    known.ids.add(refund.id);
    this.#move(key, known, refund, false);
    return known;
  }

  breach(guarantee: string, what: string): void {
    this.broken.push({ guarantee, what });
  }

  #move(key: string, known: Standing, { status, amount }: Standing, inTurn: boolean): void {
    const back = RANK[status] < RANK[known.status];
    const changed = RANK[known.status] === 2 && RANK[status] === 2 && status !== known.status;
    if (amount !== known.amount) this.breach('G1', `${key} was of ${known.amount} fen and is of ${amount}`);
    if (changed || (back && inTurn)) this.breach('G4', `${key} was told to be ${known.status} and then ${status}`);
    if (!back) known.status = status;
  }
}
