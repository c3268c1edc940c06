import fc from 'fast-check';
import { MessageError } from './message-error.js';
import { optionalText, parseFen, requiredText, shownText } from './message-fields.js';

describe('parseFen', () => {
  it('reads an amount alike as number and as string', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999_999 }), (fen) => {
        expect(parseFen(fen)).toBe(fen);
        expect(parseFen(String(fen))).toBe(fen);
      }),
    );
  });

  it.each([
    1.5, -1, 1e12, 1e21, Number.NaN, Infinity, '', ' 1', '1 ', '1.0', '1e3', '-1', '+1', '0x1', '1000000000000', '１',
    null, undefined, true, {}, [1], 1n,
  ])('refuses %p', (value) => {
    expect(() => parseFen(value, 'total_amount')).toThrow(MessageError);
  });

  it('names the field and never the value', () => {
    expect(() => parseFen('12.34', 'total_amount')).toThrow(/^total_amount is not a whole number of fen$/);
  });
});

describe('text fields', () => {
  it('take a whole number for text, since Lakala varies the type', () => {
    expect(requiredText({ order_status: 2 }, 'order_status')).toBe('2');
  });

  it('refuse a number too large to have arrived unchanged', () => {
    expect(() => requiredText({ trade_no: 2025031166200819100678 }, 'trade_no')).toThrow('trade_no is not readable text');
  });

  it('take null and the empty string for absent', () => {
    for (const value of [null, '', undefined]) {
      expect(optionalText({ x: value }, 'x')).toBeUndefined();
      expect(() => requiredText({ x: value }, 'x')).toThrow('x is missing');
    }
  });

  it('refuse a number longer than an index holds, and take an address of that length where one is asked for', () => {
    const long = '订'.repeat(257);
    expect(() => requiredText({ x: long }, 'x')).toThrow(MessageError);
    expect(() => optionalText({ x: long }, 'x')).toThrow(MessageError);
    expect(requiredText({ x: long }, 'x', 257)).toBe(long);
  });

  it.each(['a\u0000b', 'a\nb', '\ud800', 'x'.repeat(2049), true, {}, [], 1.5])(
    'refuse %j where it matters, pass over it where it is only shown',
    (value) => {
      expect(() => optionalText({ x: value }, 'x')).toThrow(MessageError);
      expect(shownText({ x: value }, 'x')).toBeUndefined();
    },
  );
});
