import type { App } from './chaos-stack.ts';
import type { Dice } from './dice.ts';
import type { FaultLog } from './fault-log.ts';
import type { Gate } from './gate.ts';
import type { Told } from './told.ts';

const TIMEOUT_MS = 8_000;
/** What a vandal asks for would bear a number that begins so: none may ever exist. */
export const BAD_PREFIX = 'BAD-';

interface BadRequest {
  what: string;
  path: string;
  body: string;
  contentType?: string;
}

/** Sends with a good key what must be refused, whatever else goes on. */
export class Vandal {
  readonly #app: App;
  readonly #gate: Gate;
  readonly #told: Told;
  readonly #log: FaultLog;

  constructor(app: App, gate: Gate, told: Told, log: FaultLog) {
    this.#app = app;
    this.#gate = gate;
    this.#told = told;
    this.#log = log;
  }

  async strike(dice: Dice, number: number): Promise<void> {
    const { what, path, body, contentType = 'application/json' } = dice.pick(badRequests(this.#app.id, `${BAD_PREFIX}${number}`));
    const replica = this.#gate.next();
    const fromMs = this.#log.now();
    let status: number | null = null;
    try {
      const response = await fetch(`${replica.url}/api/v1${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.#app.key}`, 'content-type': contentType },
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      status = response.status;
      this.#told.problems.add((await response.text()).replace(/"request_id":"[^"]*"/, ''));
    } catch {
      // Dead or cut off: it did not hear us.
    }
    this.#told.vandalism.push({ what, fromMs, toMs: this.#log.now(), replica: replica.name, status });
  }
}

function badRequests(appId: string, id: string): BadRequest[] {
  const good = { app_id: appId, merchant_order_id: id, amount: 100, order_type: 'payment', subject: 'bad' };
  const order = (what: string, wrong: object): BadRequest => ({ what, path: '/payment-orders', body: JSON.stringify({ ...good, ...wrong }) });
  const refund = (what: string, wrong: object): BadRequest => {
    const whole = { app_id: appId, payment_order_id: '01890000-0000-7000-8000-000000000000', amount: 1, merchant_refund_id: id };
    return { what, path: '/refund-orders', body: JSON.stringify({ ...whole, ...wrong }) };
  };
  return [
    order('an amount as text', { amount: '100' }),
    order('a broken amount', { amount: 1.5 }),
    order('a negative amount', { amount: -1 }),
    order('nothing to pay', { amount: 0 }),
    order('too much to pay', { amount: 10_000_000_000 }),
    order('a field that nobody knows', { discount: 5 }),
    order('another currency', { currency: 'USD' }),
    order('a kind of order that nobody knows', { order_type: 'gift' }),
    order('a subject with a control character', { subject: 'a\u0000b' }),
    order('a page of its own', { extra_data: { payment_url: 'https://evil.test' } }),
    { what: 'a number that would come back changed', path: '/payment-orders', body: JSON.stringify({ ...good, extra_data: { id: 0 } }).replace('"id":0', '"id":12345678901234567890') },
    order('an expiry that is too soon', { expires_in: 59 }),
    order('no order number', { merchant_order_id: null }),
    refund('a refund of nothing', { amount: 0 }),
    refund('a refund of an order that nobody has', {}),
    refund('a refund of what is no order', { payment_order_id: 'x' }),
    { what: 'half a body', path: '/payment-orders', body: JSON.stringify(good).slice(0, -10) },
    { what: 'a list', path: '/payment-orders', body: JSON.stringify([good]) },
    { what: 'a form', path: '/payment-orders', body: `app_id=${appId}`, contentType: 'application/x-www-form-urlencoded' },
    { what: 'a body too large', path: '/payment-orders', body: JSON.stringify({ ...good, extra_data: { much: 'x'.repeat(70_000) } }) },
    { what: 'a path that is none', path: '/payment-order', body: JSON.stringify(good) },
  ];
}
