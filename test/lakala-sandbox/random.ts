import { randomBytes } from 'node:crypto';

const DIGITS = '0123456789';
const BYTE_VALUES = 256;

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
  return randomLetters(count, DIGITS);
}

/** So many of these letters, each as likely as the others. One call for all of them: each is worth a microsecond or two. */
export function randomLetters(count: number, letters: string): string {
  const fair = BYTE_VALUES - (BYTE_VALUES % letters.length);
  let text = '';
  while (text.length < count) {
    for (const byte of randomBytes(2 * count)) {
      if (byte < fair && text.length < count) text += letters[byte % letters.length];
    }
  }
  return text;
}

/** The same members in another order. */
export function shuffled<T>(items: readonly T[], random: Generator): T[] {
  const keyed = items.map((item) => ({ item, at: random() }));
  return keyed.sort((a, b) => a.at - b.at).map(({ item }) => item);
}
