import { setTimeout as delay } from 'node:timers/promises';
import type { ChaosStack } from './chaos-stack.ts';
import { Customer } from './customer.ts';
import { Desk, GaveUp } from './desk.ts';
import { Dice } from './dice.ts';
import type { FaultLog } from './fault-log.ts';
import { Gate } from './gate.ts';
import { Told } from './told.ts';
import { Vandal } from './vandal.ts';

/** Beyond this many sales at a time nobody new is let in, so that an outage cannot pile them up without limit. */
const MOST_CUSTOMERS = 150;
const TRESPASS_EVERY = 10;
const VANDALISM_EVERY = 4;

/** Two apps with a steady stream of customers. */
export class ShopStreet {
  readonly told = new Told();
  readonly desks: readonly Desk[];
  /** Sales that were not begun since too many were going on. */
  turnedAway = 0;
  readonly #gate: Gate;
  readonly #vandals: readonly Vandal[];
  readonly #seed: number;
  readonly #over = new AbortController();
  readonly #customers = new Set<Promise<void>>();
  #sales = 0;

  constructor(stack: ChaosStack, log: FaultLog, seed: number) {
    this.#gate = new Gate(stack.apis);
    this.#seed = seed;
    this.desks = stack.apps.map((app) => new Desk(app, this.#gate, this.told, log, this.#over.signal));
    this.#vandals = stack.apps.map((app) => new Vandal(app, this.#gate, this.told, log));
  }

  /** Lets customers in at this rate until `done` resolves. */
  async sell(perSecond: number, done: Promise<unknown>): Promise<void> {
    this.#gate.start();
    const rhythm = new Dice(this.#seed, 'rhythm');
    let selling = true;
    const stop = (): boolean => (selling = false);
    void done.then(stop, stop);
    while (selling) {
      this.#letIn(rhythm);
      await delay(rhythm.whole(200, 1_800) / perSecond);
    }
  }

  /** Resolves when every customer is served, or the time is up; gives how many were not. */
  async serveAll(limitMs: number): Promise<number> {
    const all = async (): Promise<void> => {
      while (this.#customers.size > 0) await Promise.all(this.#customers);
    };
    await Promise.race([all(), delay(limitMs, undefined, { ref: false })]);
    const left = this.#customers.size;
    this.#over.abort();
    await all();
    return left;
  }

  async close(): Promise<void> {
    this.#over.abort();
    await this.#gate.stop();
  }

  #letIn(rhythm: Dice): void {
    this.#sales += 1;
    const desk = rhythm.pick(this.desks);
    if (this.#customers.size >= MOST_CUSTOMERS) {
      this.turnedAway += 1;
      return;
    }
    const number = this.#sales;
    const other = this.desks.find((one) => one !== desk);
    if (number % TRESPASS_EVERY === 0 && other !== undefined) this.#track(desk.trespass(other.app, `SALE-${number - 5}`));
    if (number % VANDALISM_EVERY === 0) {
      const dice = new Dice(this.#seed, `vandal ${number}`);
      this.#track(dice.pick(this.#vandals).strike(dice, number));
    }
    this.#track(new Customer(desk, this.told, this.#over.signal, { seed: this.#seed, number }).live());
  }

  #track(life: Promise<void>): void {
    const tracked: Promise<void> = life.catch((error: unknown) => this.#ended(error)).finally(() => this.#customers.delete(tracked));
    this.#customers.add(tracked);
  }

  /** What was refused is noted already; a customer whom the run's end sent home is none of its faults. */
  #ended(error: unknown): void {
    if (error instanceof GaveUp || (error instanceof Error && error.name === 'AbortError')) return;
    const what = error instanceof Error ? error.message : String(error);
    if (!this.told.broken.some((breach) => breach.what === what)) this.told.breach('G1', `a customer was lost: ${what}`);
  }
}
