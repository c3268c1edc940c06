import { generateKeyPairSync } from 'node:crypto';
import { scrub } from './scrub.js';
import { registerSecret, registerSecretsOfUrl } from './secrets.js';

const PEM = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()
  .trim();

describe('scrub', () => {
  test.each([
    ['an API key', 'key lpk_live_9aZ-x_1 refused', 'key lpk_[key] refused'],
    ['a bearer token', 'Authorization: bearer abc.def.ghi', 'Authorization: Bearer [key]'],
    ['basic credentials', 'authorization: Basic dXNlcjpwYXNz', 'authorization: Basic [key]'],
    ['a signature header', 'timestamp="1",signature="AbC+/9876543210=="', 'timestamp="1",signature="[signature]"'],
    ['a signature in JSON', '{"signature":"AbC+/9876543210=="}', '{"signature":"[signature]"}'],
    ['a PEM block', `key ${PEM} end`, 'key [pem] end'],
    ['a PEM block on one line', `key ${PEM.replaceAll('\n', '\\n')} end`, 'key [pem] end'],
    ['a PEM block that is cut off', `key ${PEM.slice(0, 80)}`, 'key [pem]'],
    ["an address's password", 'at postgres://loomi:p@ss:w@db:5432/x', 'at postgres://loomi:[password]@db:5432/x'],
    ['a password without a user', 'redis://:hunter2@cache', 'redis://:[password]@cache'],
  ])('masks %s', (_what, text, masked) => {
    expect(scrub(text, 1000)).toBe(masked);
  });

  test.each(['http://localhost:3000/a?x=1', 'the signature is missing', '7f0c-order.1:2', 'a BEGINNING'])(
    'leaves %p as it is',
    (text) => expect(scrub(text, 1000)).toBe(text),
  );

  test('a registered secret is masked wherever it stands', () => {
    registerSecret('planted-secret-1');
    expect(scrub('a planted-secret-1b planted-secret-1', 100)).toBe('a [secret]b [secret]');
  });

  test('the password of a registered address is masked as written and decoded', () => {
    registerSecretsOfUrl('postgres://loomi:long%2Fpassword%21@db/x');
    expect(scrub('long%2Fpassword%21 long/password!', 100)).toBe('[secret] [secret]');
  });

  test('a short password is no registered secret, so that ordinary words stay readable', () => {
    registerSecretsOfUrl('postgres://postgres:postgres@db/x');
    expect(scrub('postgres is down', 100)).toBe('postgres is down');
  });

  test('a text is cut only after it was masked', () => {
    registerSecret('planted-secret-2');
    expect(scrub(`${'x'.repeat(10)}planted-secret-2`, 14)).toBe(`${'x'.repeat(10)}[sec…`);
  });

  test('no hostile text makes masking slow', () => {
    const hostile = ['a', 'a.', 'a://', 'a://b:', '-----BEGIN A-----', 'signature=', 'Bearer  ', 'lpk_'].map((part) => part.repeat(20_000));
    const began = performance.now();
    for (const text of hostile) scrub(text, 500);
    // Some 20 ms on an idle machine; a pattern gone quadratic takes many seconds.
    expect(performance.now() - began).toBeLessThan(2000);
  });
});
