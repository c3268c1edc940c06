import { Pool, type Dispatcher } from 'undici';
import type { Caller } from './jobs.ts';
import { headersOf, orderBody, ORDERS_PATH } from './shots.ts';

const CONNECTIONS = 64;

interface Order {
  id: string;
  extra_data: { payment_url?: string };
}

/** An app and its payers: what they ask of the API and of Lakala's page. */
export class App {
  readonly #apis: readonly Pool[];
  readonly #lakala: Pool;
  readonly #caller: Caller;
  #turn = 0;

  /** The APIs take turns. */
  constructor(urls: readonly string[], lakalaUrl: string, caller: Caller) {
    this.#apis = urls.map((url) => new Pool(url, { connections: CONNECTIONS, pipelining: 1 }));
    this.#lakala = new Pool(lakalaUrl, { connections: CONNECTIONS, pipelining: 1 });
    this.#caller = caller;
  }

  /** Gives the order's id. */
  async create(merchantOrderId: string): Promise<string> {
    const body = orderBody(this.#caller.appId, merchantOrderId);
    const order = await this.#ask<Order>({ method: 'POST', path: ORDERS_PATH, body }, 202);
    return order.id;
  }

  /** The payer's page; the order must be processing. */
  async page(merchantOrderId: string): Promise<string> {
    const path = `${ORDERS_PATH}/${merchantOrderId}?app_id=${this.#caller.appId}`;
    const { id, extra_data: data } = await this.#ask<Order>({ method: 'GET', path }, 200);
    if (data.payment_url === undefined) throw new Error(`order ${id} has no page`);
    return data.payment_url;
  }

  /** Presses the button of the page. */
  async pay(page: string): Promise<void> {
    const { pathname, search } = new URL(page);
    const { statusCode, body } = await this.#lakala.request({ method: 'POST', path: `${pathname}/pay${search}` });
    await body.dump();
    if (statusCode !== 303) throw new Error(`the page answered ${statusCode}`);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#apis, this.#lakala].map((pool) => pool.destroy()));
  }

  async #ask<Answer>(request: Dispatcher.RequestOptions, expected: number): Promise<Answer> {
    this.#turn += 1;
    const api = this.#apis[this.#turn % this.#apis.length];
    if (api === undefined) throw new Error('there is no API');
    const { statusCode, body } = await api.request({ ...request, headers: headersOf(this.#caller) });
    const text = await body.text();
    if (statusCode !== expected) throw new Error(`${request.method} ${request.path} was answered with ${statusCode}: ${text}`);
    return JSON.parse(text) as Answer;
  }
}
