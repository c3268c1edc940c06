import { randomInt } from 'node:crypto';

/** A source of numbers in [0, 1) that gives the same ones for the same seed. */
export type Generator = () => number;

/** mulberry32: small, and even enough to draw faults with. */
export function generator(seed: number): Generator {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number of `count` random digits: numbers of an earlier, deleted ledger are not given again. */
export function randomDigits(count: number): string {
  return Array.from({ length: count }, () => randomInt(10)).join('');
}

/** The same members in another order. */
export function shuffled<T>(items: readonly T[], random: Generator): T[] {
  const keyed = items.map((item) => ({ item, at: random() }));
  return keyed.sort((a, b) => a.at - b.at).map(({ item }) => item);
}
