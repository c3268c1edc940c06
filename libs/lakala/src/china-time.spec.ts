import fc from 'fast-check';
import { formatChinaTime, parseChinaTime } from './china-time.js';
import { MessageError } from './message-error.js';

describe('China time', () => {
  it('is eight hours ahead of UTC, across midnight and the year', () => {
    expect(formatChinaTime(new Date('2024-12-31T15:59:59.999Z'))).toBe('20241231235959');
    expect(formatChinaTime(new Date('2024-12-31T16:00:00Z'))).toBe('20250101000000');
    expect(parseChinaTime('20250311195612')).toEqual(new Date('2025-03-11T11:56:12Z'));
  });

  it('reads back what it wrote, to the second', () => {
    const seconds = fc.integer({ min: 0, max: 253_402_271_999 });
    fc.assert(
      fc.property(seconds, (at) => expect(parseChinaTime(formatChinaTime(new Date(at * 1000)))).toEqual(new Date(at * 1000))),
    );
  });

  it.each(['', '2025031119561', '202503111956120', '20250230120000', '20250311240000', '20250311196000', '2025-3-11 1:1:'])(
    'refuses "%s"',
    (text) => expect(() => parseChinaTime(text)).toThrow(MessageError),
  );

  it('refuses to write what has no such spelling', () => {
    expect(() => formatChinaTime(new Date(Number.NaN))).toThrow(RangeError);
    expect(() => formatChinaTime(new Date('+010000-01-01T00:00:00Z'))).toThrow(RangeError);
  });
});
