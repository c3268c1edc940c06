import { leastIdSince, timeOfId } from './id-times.js';
import { newId } from './new-id.js';

const MOMENT = Date.UTC(2026, 10, 26, 12);

it('an id tells when it was made, unless it is of another kind', () => {
  const before = Date.now();
  expect(timeOfId(newId())).toBeGreaterThanOrEqual(before);
  expect(timeOfId(leastIdSince(MOMENT))).toBe(MOMENT);
  expect(timeOfId('a3bb189e-8bf9-4888-9912-ace4e6543002')).toBeUndefined();
});

it('the least id of a moment is above all before and below all after', () => {
  const least = leastIdSince(MOMENT);
  expect(least).toBe(`${MOMENT.toString(16).padStart(12, '0').replace(/^(.{8})/, '$1-')}-7000-8000-000000000000`);
  expect(least > leastIdSince(MOMENT - 1).replace(/0{12}$/, 'f'.repeat(12))).toBe(true);
  const now = Date.now();
  expect(newId() >= leastIdSince(now)).toBe(true);
  expect(leastIdSince(-1)).toBe('00000000-0000-0000-0000-000000000000');
});
