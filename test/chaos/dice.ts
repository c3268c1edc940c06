import { createHash } from 'node:crypto';
import { generator, shuffled, type Generator } from '../lakala-sandbox/random.ts';

/** Draws that are the same for the same seed and name, whatever else is drawn meanwhile. */
export class Dice {
  readonly #next: Generator;

  constructor(seed: number, name: string) {
    this.#next = generator(createHash('sha256').update(`${seed}/${name}`).digest().readUInt32BE(0));
  }

  chance(share: number): boolean {
    return this.#next() < share;
  }

  /** Both ends may come. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.#next() * (to - from + 1));
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.#next() * items.length)];
    if (item === undefined) throw new Error('there is nothing to pick from');
    return item;
  }

  /** One of the names, each as often as its weight says. */
  weighed<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries(weights) as [Name, number][];
    let left = this.#next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    const found = entries.find(([, weight]) => (left -= weight) < 0) ?? entries.at(-1);
    if (found === undefined) throw new Error('there is nothing to pick from');
    return found[0];
  }

  shuffled<T>(items: readonly T[]): T[] {
    return shuffled(items, this.#next);
  }
}
