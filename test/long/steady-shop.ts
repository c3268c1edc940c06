import { setTimeout as delay } from 'node:timers/promises';
import { press } from '../e2e/press.ts';
import type { World } from '../e2e/world.ts';

const LOOK_EVERY_MS = 100;
const LONGEST_SALE_MS = 120_000;
const SALE_FEN = 1_000;

/** An answer to the wish for an order. */
export interface Acceptance {
  status: number | string;
  tookMs: number;
}

/** Sells on and on, one sale after the other at each till: an order, paid by its payer, half of it taken back. */
export class SteadyShop {
  readonly acceptances: Acceptance[] = [];
  /** Sales that went all the way. */
  sales = 0;
  readonly #world: World;
  readonly #tills: Promise<void[]>;
  #closing = false;

  constructor(world: World, tills: number) {
    this.#world = world;
    this.#tills = Promise.all(Array.from({ length: tills }, (_, till) => this.#sellOnAndOn(till)));
    // Told at the end: until then the test does what it does.
    this.#tills.catch(() => undefined);
  }

  /** Resolves when every sale that was begun has ended; throws where one did not. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#tills;
  }

  /** Wishes that were not answered with 202. */
  get refused(): Acceptance[] {
    return this.acceptances.filter(({ status }) => status !== 202);
  }

  get slowestMs(): number {
    return Math.round(Math.max(0, ...this.acceptances.map(({ tookMs }) => tookMs)));
  }

  async #sellOnAndOn(till: number): Promise<void> {
    for (let number = 1; !this.#closing; number += 1) {
      await this.#sell(`TILL-${till}-${number}`);
      this.sales += 1;
    }
  }

  async #sell(id: string): Promise<void> {
    const { app } = this.#world;
    await this.#accepted(() => app.create(id, { amount: SALE_FEN }));
    const page = await this.#soon(`a page for ${id}`, async () => (await app.payment(id)).extra_data.payment_url);
    await press(page, 'pay');
    const payment = await this.#soon(`${id} to be paid`, async () => {
      const order = await app.payment(id);
      return order.status === 'succeeded' ? order : undefined;
    });
    const refund = await this.#accepted(() => app.createRefund(payment.id, { amount: SALE_FEN / 2 }));
    await this.#soon(`${id} to be refunded`, async () => (await app.refund(refund.id)).status === 'succeeded' || undefined);
  }

  async #accepted<Body>(ask: () => Promise<{ status: number; body: Body }>): Promise<Body> {
    for (;;) {
      const from = performance.now();
      const answer = await ask().catch((error: unknown) => ({ status: String(error), body: undefined }));
      this.acceptances.push({ status: answer.status, tookMs: performance.now() - from });
      if (answer.status === 202 && answer.body !== undefined) return answer.body;
      await delay(LOOK_EVERY_MS);
    }
  }

  async #soon<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const deadline = performance.now() + LONGEST_SALE_MS;
    while (performance.now() < deadline) {
      const found = await look();
      if (found !== undefined) return found;
      await delay(LOOK_EVERY_MS);
    }
    throw new Error(`waited ${LONGEST_SALE_MS} ms in vain for ${what}`);
  }
}
