import { validate, version } from 'uuid';
import { newId } from './new-id.js';

describe('a new id', () => {
  it('is a UUIDv7 of this moment', () => {
    const before = Date.now();
    const id = newId();
    const moment = parseInt(id.replaceAll('-', '').slice(0, 12), 16);
    expect(validate(id)).toBe(true);
    expect(version(id)).toBe(7);
    expect(moment).toBeGreaterThanOrEqual(before);
    expect(moment).toBeLessThanOrEqual(Date.now());
  });

  it('has random bytes that no other one has, however many are made', () => {
    const randomPart = (id: string): string => id.slice(15);
    // Several times as many as get their bytes at once.
    const parts = Array.from({ length: 2000 }, () => randomPart(newId()));
    expect(new Set(parts).size).toBe(2000);
    // A byte that is never filled would show as a digit that all ids share, as they do the two dashes.
    const digits = [...parts[0]!].map((_, place) => new Set(parts.map((part) => part[place])).size);
    expect(digits.filter((different) => different === 1)).toHaveLength(2);
  });
});
