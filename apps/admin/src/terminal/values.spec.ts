import fc from 'fast-check';
import { yuan } from './values.js';

test('yuan are exact to the fen, up to the largest amount', () => {
  expect([0, 7, 10, 100, 10_000, 9_999_999_999].map(yuan)).toEqual(['0.00', '0.07', '0.10', '1.00', '100.00', '99999999.99']);
  fc.assert(fc.property(fc.integer({ min: 0, max: 9_999_999_999 }), (fen) => Number(yuan(fen).replace('.', '')) === fen));
});
