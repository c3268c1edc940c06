import { toSafeInteger } from './safe-integer.js';

describe('toSafeInteger', () => {
  test.each([
    ['0', 0],
    ['-5', -5],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('%s is %d', (text, value) => expect(toSafeInteger(text)).toBe(value));

  test.each(['9007199254740992', '-9007199254740992', '1.5', '', ' 1', '1e3', 'NaN', '0x1'])('%p is refused', (text) =>
    expect(() => toSafeInteger(text)).toThrow(RangeError),
  );
});
