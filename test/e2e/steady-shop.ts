import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, AppClient, PaymentOrder, RefundOrder } from './app-client.ts';
import { press } from './press.ts';

const LOOK_EVERY_MS = 150;
const RETRY_MS = 200;
/** Beyond this many sales at a time nobody new is let in, so that an outage cannot pile them up without limit. */
const MOST_AT_A_TIME = 60;
/** How long one step of a sale may take, outages included. */
const STEP_MS = 150_000;
const SALE_FEN = 1_000;

export interface Sale {
  merchantOrderId: string;
  /** As it was accepted. */
  accepted: PaymentOrder;
  refund: RefundOrder;
  /** Every page that was handed out for it. */
  pages: Set<string>;
}

/** A request that had no good answer. */
export interface Miss {
  /** By `performance.now()`. */
  fromMs: number;
  toMs: number;
  what: string;
  /** Null where no answer came. */
  status: number | null;
  retryAfter: string | null;
}

/**
 * A shop with customers who come one after the other: each orders, pays on the page it is given, and takes half of it
 * back. It asks again where a good answer is missing, as any app would, and remembers what it was told.
 */
export class SteadyShop {
  /** The sales that came to their end. */
  readonly sales: Sale[] = [];
  readonly misses: Miss[] = [];
  /** What went wrong for good, in words. */
  readonly broken: string[] = [];
  /** By `performance.now()`: when each good answer to a create came. */
  readonly acceptedAt: number[] = [];
  /** The longest that one request was without its answer. */
  slowestMs = 0;
  readonly #client: () => AppClient;
  readonly #name: string;
  readonly #customers = new Set<Promise<void>>();
  #open = true;
  #rhythm: Promise<void> = Promise.resolve();

  /** `client` is asked for each request: so a load balancer can choose the replica. */
  constructor(client: () => AppClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  start(everyMs: number): void {
    this.#rhythm = this.#letIn(everyMs);
  }

  /** Lets nobody in any more, and resolves when all are served. */
  async close(): Promise<void> {
    this.#open = false;
    await this.#rhythm;
    await Promise.all(this.#customers);
  }

  async #letIn(everyMs: number): Promise<void> {
    for (let number = 1; this.#open; number += 1) {
      if (this.#customers.size < MOST_AT_A_TIME) this.#serve(`${this.#name}-${number}`, number);
      await delay(everyMs);
    }
  }

  #serve(merchantOrderId: string, number: number): void {
    const customer: Promise<void> = this.#sell(merchantOrderId, number)
      .then((sale) => void this.sales.push(sale))
      .catch((error: unknown) => void this.broken.push(`${merchantOrderId}: ${String(error)}`))
      .finally(() => this.#customers.delete(customer));
    this.#customers.add(customer);
  }

  async #sell(merchantOrderId: string, number: number): Promise<Sale> {
    const create = () => this.#accepted('a create', () => this.#client().create(merchantOrderId, { amount: SALE_FEN, expires_in: 7_200 }));
    const accepted = await create();
    this.acceptedAt.push(performance.now());
    // As after a lost answer.
    if (number % 3 === 0) expectSame(accepted, await create());
    const pages = new Set<string>();
    const payable = await this.#paymentThat(merchantOrderId, ({ extra_data: data }) => data.payment_url !== undefined);
    const page = payable.extra_data.payment_url ?? '';
    pages.add(page);
    const pressed = await press(page, 'pay');
    if (pressed !== 303) throw new Error(`its page answered ${pressed}`);
    const paid = await this.#paymentThat(merchantOrderId, ({ status, extra_data: data }) => {
      if (data.payment_url !== undefined) pages.add(data.payment_url);
      return status !== 'processing';
    });
    expectSame(accepted, paid);
    if (paid.status !== 'succeeded') throw new Error(`paid, and told to be ${paid.status}`);
    const refund = await this.#takeBack(paid, number);
    return { merchantOrderId, accepted, refund, pages };
  }

  async #takeBack({ id, merchant_order_id: name }: PaymentOrder, number: number): Promise<RefundOrder> {
    const wishes = { amount: SALE_FEN / 2, merchant_refund_id: `BACK-${name}` };
    const create = () => this.#accepted('a refund', () => this.#client().createRefund(id, wishes));
    const accepted = await create();
    if (number % 3 === 1) expectSame(accepted, await create());
    const deadline = performance.now() + STEP_MS;
    for (;;) {
      const refund = await this.#read('a look at a refund', () => this.#client().tryRefund(accepted.id));
      if (refund.status === 'succeeded') return refund;
      if (refund.status === 'failed' || performance.now() > deadline) throw new Error(`refund ${refund.id} is ${refund.status}`);
      await delay(LOOK_EVERY_MS);
    }
  }

  async #paymentThat(merchantOrderId: string, wanted: (order: PaymentOrder) => boolean): Promise<PaymentOrder> {
    const deadline = performance.now() + STEP_MS;
    for (;;) {
      const order = await this.#read('a look at a payment', () => this.#client().tryPayment(merchantOrderId));
      if (wanted(order)) return order;
      if (order.status === 'failed' || performance.now() > deadline) throw new Error(`order ${order.id} is ${order.status}`);
      await delay(LOOK_EVERY_MS);
    }
  }

  #accepted<Order>(what: string, ask: () => Promise<Answer<Order>>): Promise<Order> {
    return this.#insist(what, 202, ask);
  }

  #read<Order>(what: string, ask: () => Promise<Answer<Order>>): Promise<Order> {
    return this.#insist(what, 200, ask);
  }

  /** The same request until its answer is good: safe after a 5xx and after a lost answer, says the contract. */
  async #insist<Order>(what: string, good: number, ask: () => Promise<Answer<Order>>): Promise<Order> {
    const deadline = performance.now() + STEP_MS;
    for (;;) {
      const fromMs = performance.now();
      const answer = await ask().catch(() => null);
      const toMs = performance.now();
      this.slowestMs = Math.max(this.slowestMs, Math.round(toMs - fromMs));
      if (answer?.status === good) return answer.body;
      this.misses.push({ fromMs, toMs, what, status: answer?.status ?? null, retryAfter: answer?.headers.get('retry-after') ?? null });
      if (answer !== null && answer.status < 500) throw new Error(`${what} was refused with ${answer.status}: ${JSON.stringify(answer.body)}`);
      if (toMs > deadline) throw new Error(`${what} found no good answer`);
      await delay(RETRY_MS);
    }
  }
}

function expectSame(first: { id: string }, again: { id: string }): void {
  if (first.id !== again.id) throw new Error(`one order has the ids ${first.id} and ${again.id}`);
}
