import { setTimeout as delay } from 'node:timers/promises';
import type { World } from '../e2e/world.ts';
import type { Told } from './findings.ts';

const AT_A_TIME = 16;
const AMOUNT_FEN = 1_000;
/** Longer than any run, so that nothing ends by itself. */
const EXPIRES_IN_SECONDS = 86_400;

/** Sells as an app does, and remembers what it was told. */
export class Shop {
  readonly told: Told[] = [];
  readonly #world: World;
  #count = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** So many at once as the service takes. */
  async sellMany(count: number): Promise<void> {
    let left = count;
    const sell = async (): Promise<void> => {
      while (left-- > 0) if ((await this.#sell()).status !== 202) throw new Error('an order was not accepted before anything happened');
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, sell));
  }

  /** So many a second until `ended`; resolves when the last is answered. */
  async sellSteadily(perSecond: number, ended: () => boolean): Promise<void> {
    const begunAt = performance.now();
    const answers: Promise<unknown>[] = [];
    while (!ended()) {
      answers.push(this.#sell().then((told) => this.told.push(told)));
      await delay(Math.max(0, begunAt + (answers.length * 1_000) / perSecond - performance.now()));
    }
    await Promise.all(answers);
  }

  async #sell(): Promise<Told> {
    this.#count += 1;
    const begunAt = performance.now();
    const answer = await this.#world.app
      .create(`BROWN-${this.#count}`, { amount: AMOUNT_FEN, expires_in: EXPIRES_IN_SECONDS })
      .catch(() => null);
    return { status: answer?.status ?? null, ms: performance.now() - begunAt };
  }
}
