import pg from 'pg';
import { startStack, type Stack, type StackOptions } from '../stack/stack.ts';
import { until } from '../stack/until.ts';
import { AppClient, type PaymentOrder, type RefundOrder } from './app-client.ts';
import { LakalaSandbox, type LedgerOrder } from './lakala-sandbox.ts';
import { MovedClock } from './moved-clock.ts';
import { press } from './press.ts';

const WAIT_MS = 20_000;

export interface Anomaly {
  kind: string;
  payment_order_id: string | null;
  refund_order_id: string | null;
}

/** The whole service as processes, the other side, and the two pairs of hands a test needs: an app's and a payer's. */
export class World {
  readonly stack: Stack;
  readonly app: AppClient;
  readonly lakala: LakalaSandbox;
  readonly clock: MovedClock;
  /** The owner's connections to the service's database. */
  readonly books: pg.Pool;
  #orders = 0;

  constructor(stack: Stack) {
    this.stack = stack;
    this.app = new AppClient(stack.baseUrl, stack.appId, stack.apiKey);
    this.lakala = new LakalaSandbox(stack.sandbox.url);
    this.books = new pg.Pool({ connectionString: stack.databaseUrl, max: 2 });
    this.clock = new MovedClock(this.books);
  }

  static async start(options: StackOptions = {}): Promise<World> {
    return new World(await startStack(options));
  }

  async stop(): Promise<void> {
    await this.books.end();
    await this.stack.stop();
  }

  /** An order that nobody has asked for yet. */
  newOrderId(): string {
    this.#orders += 1;
    return `ORDER-${this.#orders}`;
  }

  /** A new order whose page is open. */
  async openOrder(wishes: Parameters<AppClient['create']>[1] = {}): Promise<PaymentOrder & { page: string }> {
    const { status, body } = await this.app.create(this.newOrderId(), wishes);
    if (status !== 202) throw new Error(`the order was answered with ${status}: ${body.detail}`);
    const order = await this.payment(body.merchant_order_id, 'to be processing', ({ status: now }) => now === 'processing');
    const page = order.extra_data.payment_url;
    if (page === undefined) throw new Error(`order ${order.id} is processing and has no page`);
    return { ...order, page };
  }

  /** A new order that is paid. */
  async paidOrder(amount = 10_000): Promise<PaymentOrder> {
    const order = await this.openOrder({ amount });
    await press(order.page, 'pay');
    return this.ended(order, 'succeeded');
  }

  /** Waits until the order is as wanted, and gives it. */
  async payment(id: string, what: string, wanted: (order: PaymentOrder) => boolean): Promise<PaymentOrder> {
    let order = await this.app.payment(id);
    const look = async (): Promise<boolean> => wanted((order = await this.app.payment(id)));
    await until(`order ${id} ${what}`, WAIT_MS, look).catch((error: unknown) => {
      throw new Error(`${String(error)}; it is ${JSON.stringify(order)}`);
    });
    return order;
  }

  ended({ merchant_order_id: id }: { merchant_order_id: string }, status: 'succeeded' | 'failed'): Promise<PaymentOrder> {
    return this.payment(id, `to be ${status}`, (order) => order.status === status);
  }

  /** Waits until the refund has this status, and gives it. */
  async refund(id: string, status: RefundOrder['status']): Promise<RefundOrder> {
    let refund = await this.app.refund(id);
    const look = async (): Promise<boolean> => (refund = await this.app.refund(id)).status === status;
    await until(`refund ${id} to be ${status}`, WAIT_MS, look).catch((error: unknown) => {
      throw new Error(`${String(error)}; it is ${JSON.stringify(refund)}`);
    });
    return refund;
  }

  /** What Lakala has of an order: one entry for each page that was asked for, oldest first. */
  async atLakala({ id }: { id: string }): Promise<LedgerOrder[]> {
    const { rows } = await this.books.query<{ out_order_no: string }>(
      'SELECT out_order_no FROM gateway_attempts WHERE payment_order_id = $1 ORDER BY begun_at, id',
      [id],
    );
    const ledger = await this.lakala.ledger();
    return rows.flatMap((row) => ledger.find((order) => order.out_order_no === row.out_order_no) ?? []);
  }

  /** The one page of an order as Lakala has it. */
  async onlyPage(order: { id: string }): Promise<LedgerOrder> {
    const [page, ...more] = await this.atLakala(order);
    if (page === undefined || more.length > 0) throw new Error(`order ${order.id} has ${more.length + (page ? 1 : 0)} pages at Lakala`);
    return page;
  }

  async anomaliesOf({ id }: { id: string }): Promise<string[]> {
    const { rows } = await this.books.query<Anomaly>(
      'SELECT kind FROM anomalies WHERE $1 IN (payment_order_id, refund_order_id) ORDER BY created_at',
      [id],
    );
    return rows.map(({ kind }) => kind);
  }

  async count(sql: string, values: unknown[] = []): Promise<number> {
    const { rows } = await this.books.query<{ count: string }>(`SELECT count(*) AS count FROM ${sql}`, values);
    return Number(rows[0]?.count ?? 0);
  }
}
