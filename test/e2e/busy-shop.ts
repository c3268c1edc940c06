import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../stack/until.ts';
import type { Answer, PaymentOrder, RefundOrder } from './app-client.ts';
import { GuideConsumer } from './guide-consumer.ts';
import { press } from './press.ts';
import type { World } from './world.ts';

const LOOK_EVERY_MS = 100;
const RETRY_MS = 200;
/** The same for all, so that an answer about another sale is told by its number alone. */
const SALE_FEN = 1_000;
/** How long all that was begun may take to end, faults and crashes included. */
const END_MS = 90_000;

/**
 * A shop with many payers: it sells, hands each page it sees to a payer who pays at once, and takes everything back. It
 * asks again where an answer is missing, as any app would, and remembers every page it was ever given.
 */
export class BusyShop {
  readonly payments: GuideConsumer;
  readonly refunds: GuideConsumer;
  /** Every page that was ever handed out, by order. */
  readonly pages = new Map<string, Set<string>>();
  /** By merchant order id: every order we were told is accepted. */
  readonly accepted = new Map<string, PaymentOrder>();
  readonly acceptedRefunds = new Map<string, RefundOrder>();
  readonly #world: World;
  #closed = false;
  #watching: Promise<void> = Promise.resolve();

  constructor(world: World) {
    this.#world = world;
    const { redisUrl, appId } = world.stack;
    this.payments = new GuideConsumer(redisUrl, 'payment_results', appId);
    this.refunds = new GuideConsumer(redisUrl, 'refund_results', appId);
  }

  /** Resolves once the consumers' groups are there and the service has seen them. */
  async open(): Promise<void> {
    await Promise.all([this.payments.start(), this.refunds.start()]);
    await until('the service to know both groups', 15_000, async () => (await this.#world.count('stream_groups')) >= 2);
    this.#watching = this.#watchPages();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.payments.stop(), this.refunds.stop(), this.#watching]);
  }

  /** Sells so many, each so long after the other; resolves when all are accepted. */
  async sell(count: number, everyMs: number): Promise<void> {
    await spread(count, everyMs, async (number) => {
      const id = `SALE-${number}`;
      this.accepted.set(id, await insist(() => this.#world.app.create(id, { amount: SALE_FEN, expires_in: 7_200 })));
    });
  }

  /** Takes back a part of every payment, twice for each as a nervous hand would; resolves when all are accepted. */
  async takeBackAll(everyMs: number): Promise<void> {
    const sold = [...this.accepted.values()];
    await spread(sold.length, everyMs, async (number) => {
      const sale = sold[number];
      if (sale === undefined) return;
      const wishes = { amount: SALE_FEN / 2, merchant_refund_id: `BACK-${number}` };
      const refund = await insist(() => this.#world.app.createRefund(sale.id, wishes));
      const again = await insist(() => this.#world.app.createRefund(sale.id, wishes));
      if (again.id !== refund.id) throw new Error(`one refund asked for twice became ${refund.id} and ${again.id}`);
      this.acceptedRefunds.set(sale.id, refund);
    });
  }

  async allPaid(): Promise<PaymentOrder[]> {
    const read = () => insistRead(() => this.#world.app.newestPayments());
    return this.#allEnded('payments', this.accepted.size, read);
  }

  async allRefunded(): Promise<RefundOrder[]> {
    const read = () => insistRead(() => this.#world.app.newestRefunds());
    return this.#allEnded('refunds', this.acceptedRefunds.size, read);
  }

  async #allEnded<Order extends { id: string; status: string }>(what: string, count: number, read: () => Promise<Order[]>): Promise<Order[]> {
    let orders: Order[] = [];
    const open = () => orders.filter(({ status }) => status === 'pending' || status === 'processing');
    const look = async (): Promise<boolean> => {
      orders = await read();
      return orders.length >= count && open().length === 0;
    };
    await until(`all ${what} to end`, END_MS, look).catch((error: unknown) => {
      throw new Error(`${String(error)}; ${orders.length} of ${count}, open: ${JSON.stringify(open().slice(0, 3))}`);
    });
    return orders;
  }

  async #watchPages(): Promise<void> {
    while (!this.#closed) {
      for (const { merchant_order_id: id, extra_data: data } of await insistRead(() => this.#world.app.newestPayments())) {
        if (data.payment_url === undefined) continue;
        const known = this.pages.get(id) ?? new Set();
        this.pages.set(id, known);
        if (!known.has(data.payment_url)) await press(data.payment_url, 'pay');
        known.add(data.payment_url);
      }
      await delay(LOOK_EVERY_MS);
    }
  }
}

async function spread(count: number, everyMs: number, work: (number: number) => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, number) => delay(number * everyMs).then(() => work(number))));
}

/** The same request until it is accepted: safe after a 5xx and after a lost answer, says the contract. */
async function insist<Order>(ask: () => Promise<Answer<Order>>): Promise<Order> {
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer?.status === 202) return answer.body;
    if (answer !== undefined && answer.status < 500) throw new Error(`refused with ${answer.status}: ${JSON.stringify(answer.body)}`);
    await delay(RETRY_MS);
  }
}

async function insistRead<Body>(read: () => Promise<Body>): Promise<Body> {
  const deadline = performance.now() + END_MS;
  for (;;) {
    try {
      return await read();
    } catch (error) {
      // The API may be dead just now; one that stays away is a failure.
      if (performance.now() > deadline) throw error;
      await delay(RETRY_MS);
    }
  }
}
