import { setTimeout as delay } from 'node:timers/promises';
import type { PaymentOrder } from '../e2e/app-client.ts';
import { press } from '../e2e/press.ts';
import type { Desk } from './desk.ts';
import { Dice } from './dice.ts';
import type { Told } from './told.ts';

const FIRST_LOOK_MS = 300;
const LAST_LOOK_MS = 3_000;
const PRESS_AGAIN_MS = 500;

/** How a sale goes on once its page is there, or before. */
const STORIES = {
  pays: 50, 'pays later': 10, 'fails, then pays': 6, 'pays twice': 6, cancels: 5, leaves: 6,
  'closed early': 5, 'closed while open': 6, 'closed while paying': 6,
} as const;
type Story = keyof typeof STORIES;

/** One sale from its first request to its last, with the payer and the shop's clerk: all of it drawn from the seed. */
export class Customer {
  readonly #desk: Desk;
  readonly #told: Told;
  readonly #over: AbortSignal;
  readonly #id: string;
  readonly #dice: Dice;

  constructor(desk: Desk, told: Told, over: AbortSignal, sale: { seed: number; number: number }) {
    this.#desk = desk;
    this.#told = told;
    this.#over = over;
    // Both apps use the same numbers: they must never meet.
    this.#id = `SALE-${sale.number}`;
    this.#dice = new Dice(sale.seed, `${desk.app.id} ${this.#id}`);
  }

  async live(): Promise<void> {
    const dice = this.#dice;
    const story = dice.weighed<Story>(STORIES);
    const wish = { merchant_order_id: this.#id, amount: dice.whole(100, 50_000), expires_in: dice.pick([60, 120, 300, 600, 900]) };
    const order = await this.#desk.create(wish);
    if (dice.chance(0.15)) await Promise.all([this.#desk.create(wish, false), this.#desk.create(wish, false)]);
    if (story === 'closed early') await this.#desk.close(this.#id);
    const open = await this.#look((now) => now.status !== 'pending');
    const page = open.extra_data.payment_url;
    if (page !== undefined) await this.#atThePage(story, page);
    const ended = await this.#look(({ status }) => status === 'succeeded' || status === 'failed');
    if (ended.status === 'failed' && page !== undefined) await this.#payTooLate(order.id, page);
    if (ended.status === 'succeeded' && dice.chance(0.5)) await this.#takeBack(ended);
  }

  async #atThePage(story: Story, page: string): Promise<void> {
    switch (story) {
      case 'pays':
        return this.#press(page, 'pay');
      case 'pays later':
        await this.#wait(this.#dice.whole(1_000, 12_000));
        return this.#press(page, 'pay');
      case 'fails, then pays':
        await this.#press(page, 'fail');
        return this.#press(page, 'pay');
      case 'pays twice':
        return void (await Promise.all([this.#press(page, 'pay'), this.#press(page, 'pay')]));
      case 'cancels':
        return this.#press(page, 'cancel');
      case 'closed while open':
        return this.#desk.close(this.#id);
      case 'closed while paying':
        return void (await Promise.all([this.#desk.close(this.#id), this.#press(page, 'pay')]));
      case 'leaves':
      case 'closed early':
        return;
      default:
        return story satisfies never;
    }
  }

  /** The shop was told that nothing was paid, so nothing can be: a payer who still has the page must not get through. */
  async #payTooLate(id: string, page: string): Promise<void> {
    const status = await press(page, 'pay').catch(() => null);
    if (status === null) return;
    this.#told.latePays.tried += 1;
    if (status === 303) this.#told.latePays.taken.push(`order ${id} had failed when its page still took a payment`);
  }

  /** Parts of it, now and then more than there is, twice at once, or with no id. */
  async #takeBack(payment: PaymentOrder): Promise<void> {
    const dice = this.#dice;
    const part = (share: number): number => Math.max(1, Math.floor(payment.amount * share));
    const id = `BACK-${this.#id}`;
    const asked = dice.weighed({ once: 40, repeated: 20, racing: 25, nameless: 15 });
    if (asked === 'once') await this.#desk.refund(payment, part(dice.pick([1, 0.5, 0.1])), `${id}-1`);
    if (asked === 'repeated') {
      const ask = (): Promise<unknown> => this.#desk.refund(payment, part(0.4), `${id}-1`);
      await Promise.all([ask(), ask()]);
      await ask();
    }
    if (asked === 'racing') {
      await Promise.all([1, 2, 3].map((number) => this.#desk.refund(payment, part(0.6), `${id}-${number}`)));
    }
    if (asked === 'nameless') await this.#desk.refund(payment, part(0.3), null);
  }

  /** Looks less and less often until it is as wanted. Throws when the run is over before. */
  async #look(wanted: (order: PaymentOrder) => boolean): Promise<PaymentOrder> {
    for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(LAST_LOOK_MS, waitMs * 1.5)) {
      const order = await this.#desk.read(this.#id);
      if (wanted(order)) return order;
      await this.#wait(waitMs);
    }
  }

  /** Until the cashier answers: it may be dead just now. */
  async #press(page: string, button: 'pay' | 'fail' | 'cancel'): Promise<void> {
    for (;;) {
      const status = await press(page, button).catch(() => null);
      if (status !== null && status < 500) return;
      await this.#wait(PRESS_AGAIN_MS);
    }
  }

  async #wait(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#over });
  }
}
