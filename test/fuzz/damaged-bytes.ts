import fc from 'fast-check';

const MOST_DAMAGES = 3;
const NOT_UTF8 = Buffer.from([0xc3, 0x28]);
const TOO_LARGE = 66_000;

type Damage = (bytes: Buffer) => Buffer;

/** The bytes with some of them flipped, cut, doubled, put in or taken out. */
export function damagedBytes(whole: Buffer): fc.Arbitrary<Buffer> {
  return fc
    .array(damage, { minLength: 1, maxLength: MOST_DAMAGES })
    .map((damages) => damages.reduce((bytes, one) => one(bytes), whole));
}

/** A place in bytes whose length is not known yet. */
const place = fc.double({ min: 0, max: 1, noNaN: true });
const placeIn = (bytes: Buffer, at: number): number => Math.floor(at * bytes.length);

const inserted = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(',', '}', '{', '[', '"', '\\', '\\u0000', '\\ud800', '0', '-', 'e9', '\n', '\u0000', '/**/', ' ')
    .map((text) => Buffer.from(text)),
  fc.constant(NOT_UTF8),
);

const damage: fc.Arbitrary<Damage> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(place, fc.integer({ min: 0, max: 7 })).map(([at, bit]) => flip(at, bit)) },
  {
    weight: 2,
    arbitrary: place.map(
      (at): Damage =>
        (bytes) =>
          bytes.subarray(0, placeIn(bytes, at)),
    ),
  },
  { weight: 3, arbitrary: fc.tuple(place, inserted).map(([at, piece]) => insert(at, piece)) },
  { weight: 2, arbitrary: fc.tuple(place, place).map(([from, to]) => takeOut(from, to)) },
  { weight: 1, arbitrary: fc.tuple(place, place).map(([from, to]) => double(from, to)) },
  { weight: 1, arbitrary: fc.constantFrom<Damage>(...wholesale()) },
);

function flip(at: number, bit: number): Damage {
  return (bytes) => {
    const changed = Buffer.from(bytes);
    const index = placeIn(bytes, at);
    const byte = changed[index];
    if (byte !== undefined) changed[index] = byte ^ (1 << bit);
    return changed;
  };
}

function insert(at: number, piece: Buffer): Damage {
  return (bytes) => Buffer.concat([bytes.subarray(0, placeIn(bytes, at)), piece, bytes.subarray(placeIn(bytes, at))]);
}

function takeOut(from: number, to: number): Damage {
  return (bytes) =>
    Buffer.concat([
      bytes.subarray(0, placeIn(bytes, Math.min(from, to))),
      bytes.subarray(placeIn(bytes, Math.max(from, to))),
    ]);
}

function double(from: number, to: number): Damage {
  return (bytes) => {
    const [start, end] = [placeIn(bytes, Math.min(from, to)), placeIn(bytes, Math.max(from, to))];
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
  };
}

function wholesale(): Damage[] {
  return [
    () => Buffer.alloc(0),
    () => Buffer.from(' \n'),
    () => Buffer.from('null'),
    (bytes) => Buffer.concat([Buffer.from('\ufeff'), bytes]),
    (bytes) => Buffer.concat([Buffer.from('['), bytes, Buffer.from(']')]),
    (bytes) => Buffer.concat([bytes, bytes]),
    (bytes) => Buffer.from(bytes.toString('utf8'), 'utf16le'),
    (bytes) => Buffer.concat([bytes, Buffer.alloc(TOO_LARGE, ' ')]),
    (bytes) => Buffer.from(`${'{"a":'.repeat(5_000)}${bytes.toString('utf8')}${'}'.repeat(5_000)}`),
    () => Buffer.from('['.repeat(60_000)),
    (bytes) => Buffer.from(bytes.toString('utf8').replaceAll('"', "'")),
  ];
}

/** JSON text with one of its fields a second time: which of the two counts is anybody's guess. */
export function withDoubledKey(text: string): string {
  return text.replace(/^\{("(?:[^"\\]|\\.)*":)/, '{$1null,$1');
}
