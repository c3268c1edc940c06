import { setTimeout as delay } from 'node:timers/promises';
import type { PaymentOrder, RefundOrder } from '../e2e/app-client.ts';
import type { App, ChaosReplica } from './chaos-stack.ts';
import type { FaultLog } from './fault-log.ts';
import type { Gate } from './gate.ts';
import type { Told } from './told.ts';

const TIMEOUT_MS = 8_000;
const RETRY_MS = 300;

export interface Reply {
  status: number;
  body: unknown;
}

export interface Wish {
  merchant_order_id: string;
  amount: number;
  expires_in: number;
}

/** The run is over, and this request has had no answer all the while. */
export class GaveUp extends Error {}

/** One app's side of the API: it asks again where an answer is missing, and remembers what it was told. */
export class Desk {
  readonly app: App;
  readonly #gate: Gate;
  readonly #told: Told;
  readonly #log: FaultLog;
  readonly #over: AbortSignal;

  /** Once `over` is aborted nothing is asked again. */
  constructor(app: App, gate: Gate, told: Told, log: FaultLog, over: AbortSignal) {
    this.app = app;
    this.#gate = gate;
    this.#told = told;
    this.#log = log;
    this.#over = over;
  }

  async create(wish: Wish, inTurn = true): Promise<PaymentOrder> {
    const body = { app_id: this.app.id, order_type: 'payment', subject: `sale ${wish.merchant_order_id}`, ...wish };
    const reply = await this.#insist('POST', '/payment-orders', body, true);
    if (reply.status !== 202) throw this.#refused('G1', `a create was answered ${text(reply)}`);
    const order = reply.body as PaymentOrder;
    this.#told.payment(order, inTurn);
    return order;
  }

  async read(merchantOrderId: string): Promise<PaymentOrder> {
    const reply = await this.#insist('GET', `/payment-orders/${merchantOrderId}?app_id=${this.app.id}`);
    if (reply.status !== 200) throw this.#refused('G1', `${this.app.id}/${merchantOrderId} was accepted, and reading it gives ${text(reply)}`);
    const order = reply.body as PaymentOrder;
    if (order.app_id !== this.app.id) this.#told.breach('G11', `${this.app.id} was shown an order of ${order.app_id}`);
    this.#told.payment(order, true);
    return order;
  }

  async close(merchantOrderId: string): Promise<void> {
    const reply = await this.#insist('POST', `/payment-orders/${merchantOrderId}/close`, { app_id: this.app.id });
    if (reply.status === 202) this.#told.payment(reply.body as PaymentOrder, true);
    else if (reply.status !== 409) throw this.#refused('G1', `a close was answered ${text(reply)}`);
  }

  /** Null where it was refused because too little is left. Asked again only where it has an id: else it may be done twice. */
  async refund(payment: PaymentOrder, amount: number, merchantRefundId: string | null): Promise<RefundOrder | null> {
    const body = { app_id: this.app.id, payment_order_id: payment.id, amount, reason: null, ...(merchantRefundId && { merchant_refund_id: merchantRefundId }) };
    const reply = merchantRefundId === null ? await this.#once('POST', '/refund-orders', body) : await this.#insist('POST', '/refund-orders', body);
    if (reply === null || reply.status >= 500) return null;
    if (reply.status === 409 && (reply.body as { code: string }).code === 'refund_exceeds_refundable') return null;
    if (reply.status !== 202) throw this.#refused('G3', `a refund of ${payment.id} was answered ${text(reply)}`);
    const refund = reply.body as RefundOrder;
    this.#told.refund(merchantRefundId ?? refund.id, merchantRefundId, this.app.id, refund);
    return refund;
  }

  /** With this app's key, after another app's orders: nothing but a refusal may come back. */
  async trespass(other: App, merchantOrderId: string): Promise<void> {
    for (const reply of [
      await this.#once('GET', `/payment-orders/${merchantOrderId}?app_id=${other.id}`),
      await this.#once('POST', `/payment-orders/${merchantOrderId}/close`, { app_id: other.id }),
      await this.#once('GET', `/events?app_id=${other.id}`),
    ]) {
      if (reply?.status === 403) this.#told.trespasses.refused += 1;
      else if (reply !== null && reply.status < 500) this.#told.breach('G11', `the key of ${this.app.id} got ${text(reply)} of ${other.id}`);
    }
    // The same number at home is another order, or none.
    const own = await this.#once('GET', `/payment-orders/${merchantOrderId}?app_id=${this.app.id}`);
    if (own !== null && own.status === 200 && (own.body as PaymentOrder).app_id !== this.app.id) {
      this.#told.breach('G11', `${this.app.id} reads ${text(own)}`);
    }
  }

  /** Every event of this app by HTTP, oldest first. */
  async events(): Promise<Record<string, string>[]> {
    const events: Record<string, string>[] = [];
    for (let after: string | null = null; ; ) {
      const reply = await this.#insist('GET', `/events?app_id=${this.app.id}&limit=200${after === null ? '' : `&after=${after}`}`);
      if (reply.status !== 200) throw this.#refused('G5', `GET /events was answered ${text(reply)}`);
      const page = reply.body as { data: Record<string, string>[]; next_after: string | null };
      events.push(...page.data);
      if (page.data.length === 0) return events;
      after = page.next_after;
    }
  }

  #refused(guarantee: string, what: string): Error {
    this.#told.breach(guarantee, what);
    return new Error(what);
  }

  /** The same request until it has an answer that is not a 5xx. */
  async #insist(method: string, path: string, body?: object, isCreate = false): Promise<Reply> {
    for (;;) {
      const reply = await this.#once(method, path, body, isCreate);
      if (reply !== null && reply.status < 500) return reply;
      if (this.#over.aborted) throw new GaveUp(`${method} ${path}: no answer to the end`);
      await delay(RETRY_MS);
    }
  }

  /** Null: no answer. */
  async #once(method: string, path: string, body?: object, isCreate = false): Promise<Reply | null> {
    const replica = this.#gate.next();
    const fromMs = this.#log.now();
    const reply = await this.#send(replica, method, path, body);
    const toMs = this.#log.now();
    if (isCreate) this.#told.creates.push({ fromMs, toMs, replica: replica.name, status: reply?.status ?? null });
    // What is down may cost a 503; a 500 is a fault of ours that nobody foresaw.
    if (reply?.status === 500) this.#told.breach('G10', `${method} ${path} to ${replica.name} at ${Math.round(fromMs)} ms: ${text(reply)}`);
    if (reply !== null && reply.status >= 400) this.#told.problems.add(JSON.stringify(reply.body).replace(/"request_id":"[^"]*"/, ''));
    this.#noteDeploy({ fromMs, toMs, replica: replica.name }, `${method} ${path} to ${replica.name}: ${reply === null ? 'no answer' : text(reply)}`, reply);
    return reply;
  }

  #noteDeploy({ fromMs, toMs, replica }: { fromMs: number; toMs: number; replica: string }, what: string, reply: Reply | null): void {
    const isDeploy = ({ kind }: { kind: string }): boolean => kind === 'rolling deploy';
    if (!this.#log.hitting('', fromMs, toMs).some(isDeploy)) return;
    // The next blow may fall while the last request of a deploy is under way.
    if (['postgres', replica].some((part) => !this.#log.hitting(part, fromMs, toMs).every(isDeploy))) return;
    if (reply !== null && reply.status < 500) this.#told.duringDeploy.answered += 1;
    else this.#told.duringDeploy.failed.push(`${what} (${Math.round(fromMs)} to ${Math.round(toMs)} ms)`);
  }

  async #send(replica: ChaosReplica, method: string, path: string, body?: object): Promise<Reply | null> {
    try {
      const response = await fetch(`${replica.url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${this.app.key}`, ...(body && { 'content-type': 'application/json' }) },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return { status: response.status, body: await response.json() };
    } catch {
      // Dead, cut off or too slow: the caller asks again.
      return null;
    }
  }
}

function text({ status, body }: Reply): string {
  return `${status} ${JSON.stringify(body)}`;
}
