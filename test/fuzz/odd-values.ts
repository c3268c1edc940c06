import fc from 'fast-check';
import { RawJson } from './json-text.ts';

/** Text that programs trip over: what is invisible, half, doubled, turned round, or stored otherwise than it came. */
export const ODD_TEXTS: readonly string[] = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  'x\udfff',
  '\udc00\ud800',
  '\ufeff',
  '\u202etxet',
  'e\u0301',
  '\u00e9',
  '\u2028\u2029',
  '\uffff',
  '\u{10ffff}',
  '😀'.repeat(129),
  '👨‍👩‍👧‍👦',
  'a\r\nX-Injected: 1',
  '\u007f\u0085',
  "'; DROP TABLE payment_orders; --",
  '${jndi:ldap://x}',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'NaN',
  '%00',
  '%',
  '../../etc/passwd',
  '\\',
  '"',
  'İıſK',
  '٣',
  '１２３',
  'x'.repeat(2_000),
  '订'.repeat(1_900),
];

/** Numbers at the edges of what a double, a bigint or a check holds; some that only text can write. */
export const ODD_NUMBERS: readonly unknown[] = [
  0,
  new RawJson('-0'),
  -1,
  0.5,
  1.5,
  2 ** 31,
  2 ** 53,
  2 ** 53 - 1,
  2 ** 63,
  1e21,
  5e-324,
  Number.MAX_VALUE,
  new RawJson('1.0'),
  new RawJson('100e-2'),
  new RawJson('1E+2'),
  new RawJson('9007199254740993'),
  new RawJson('7193546372104347648'),
  new RawJson('1e400'),
  new RawJson('-1e400'),
  new RawJson('9'.repeat(400)),
  new RawJson(`0.${'0'.repeat(400)}1`),
  new RawJson('1e-400'),
];

function nested(levels: number): unknown {
  return levels === 0 ? 1 : levels % 2 ? { a: nested(levels - 1) } : [nested(levels - 1)];
}

const ODD_SHAPES: readonly unknown[] = [
  null,
  true,
  false,
  [],
  {},
  [[]],
  [null],
  { toString: 1 },
  { length: 1 },
  nested(9),
  nested(33),
];

/** Random text that does not compress, as long as it says: what an index or a column cannot hold. */
export const longText: fc.Arbitrary<string> = fc
  .tuple(fc.integer({ min: 0, max: 0xffff_ffff }), fc.constantFrom(65, 129, 256, 1_000, 2_048))
  .map(([seed, length]) => scrambled(seed, length));

/** Any value that does not belong where a plain one is expected. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ODD_TEXTS) },
  { weight: 4, arbitrary: fc.constantFrom(...ODD_NUMBERS) },
  { weight: 3, arbitrary: fc.constantFrom(...ODD_SHAPES) },
  { weight: 2, arbitrary: longText },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

/** Letters of the CJK block in an order that follows from the seed. */
function scrambled(seed: number, length: number): string {
  let state = seed | 1;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return String.fromCharCode(0x4e00 + ((state >>> 8) % 20_000));
  }).join('');
}
