import { glanceAt, keptKeys } from './json-glance.js';

it.each([
  ['{}', 0, false],
  ['{"a":123456789012345,"b":[12345678,12345678],"t":true,"f":false}', 4, false],
  ['{"id":"019ab2c4-7d3e-7a01-8b00-1234567890ab","url":"https://a.example/1.5?n=12345678901234567890","\\":1.5":"\\\\"}', 3, false],
  ['{"a":1,"a":{"b":1}}', 3, false],
  ['{"a":1234567890123456}', 1, true],
  ['{"a":[-1.0]}', 1, true],
  ['{"a":1e2}', 1, true],
  ['{"a":1E2}', 1, true],
])('of %s is known at a glance: %i keys, a doubtful number: %p', (json, keys, hasDoubtfulNumber) => {
  expect(glanceAt(json)).toEqual({ keys, hasDoubtfulNumber });
});

it('of repeated keys one is kept', () => {
  expect(keptKeys(JSON.parse('{"a":1,"a":{"b":1},"c":[{"d":1},{"d":2}]}'), 3)).toBe(5);
});

it('text that breaks off ends a glance too', () => {
  expect(glanceAt('{"a":"b').keys).toBe(1);
});
