import { areNetworks, Networks } from './networks.js';

it.each([
  ['10.0.0.0/8', '10.255.0.1', true],
  ['10.0.0.0/8', '11.0.0.1', false],
  ['192.0.2.7', '192.0.2.7', true],
  ['192.0.2.7', '192.0.2.8', false],
  ['192.0.2.7, 2001:db8::/32', '2001:db8:1::1', true],
  ['2001:db8::/32', '2001:db9::1', false],
  ['192.0.2.0/24', '::ffff:192.0.2.9', true],
  ['192.0.2.0/24', '::ffff:192.0.3.9', false],
  ['0.0.0.0/0', '203.0.113.1', true],
  ['0.0.0.0/0', 'no address', false],
])('%s has %s: %s', (list, address, expected) => {
  expect(Networks.of(list).has(address)).toBe(expected);
});

it.each(['', '10.0.0.0/33', '10.0.0/8', '10.0.0.0/8/8', '10.0.0.0/', '::/129', 'localhost', '10.0.0.1,', '10.0.0.0/-1'])(
  'refuses %j',
  (list) => {
    expect(areNetworks(list)).toBe(false);
    expect(() => Networks.of(list)).toThrow('is no IP address and no network');
  },
);
