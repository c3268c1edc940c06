import fc from 'fast-check';
import { ODD_TEXTS } from './odd-values.ts';
import { breaches } from './broken-values.ts';
import type { Draft } from './fuzz-request.ts';

const oddText = fc.oneof(fc.constantFrom(...ODD_TEXTS), fc.string({ unit: 'binary', maxLength: 30 }));
const oddNumber = fc.constantFrom('0', '-1', '01', '+1', '1e2', '1.0', '0x10', '201', '9'.repeat(30), ' 1', 'NaN', '٣');
const oddTime = fc.constantFrom(
  '2024-02-30T00:00:00Z',
  '2024-12-03',
  '2024-12-03T10:30:00',
  '2024-12-03T10:30:00+08:00',
  '0001-01-01T00:00:00Z',
  '99999-01-01T00:00:00Z',
  '2024-12-03T24:00:00Z',
  '2016-12-31T23:59:60Z',
  'now',
  'infinity',
);
const oddPosition = fc.constantFrom(
  '-',
  '1-',
  '-1',
  '1-1-1',
  '9007199254740992-0',
  '1-9999999999999999',
  '١-٠',
  Buffer.from('2024-01-01T00:00:00Z/x').toString('base64url'),
  Buffer.from('x').toString('base64'),
);

/** The query with one thing wrong: a value broken, a name twice, one missing, or one that nobody asked for. */
export function oddQuery({ operation, query }: Draft): fc.Arbitrary<[string, string][]> {
  const parameters = operation.parameters.filter((parameter) => parameter.in === 'query');
  const extra = fc.tuple(
    fc.oneof(fc.constantFrom('extra', 'constructor', '__proto__', 'app_id[]', 'limit ', 'select'), oddText),
    oddText,
  );
  const more = extra.map((pair): [string, string][] => [...query, pair]);
  if (parameters.length === 0) return more;
  const parameter = fc.constantFrom(...parameters);
  const value = parameter.chain(({ name, schema }) =>
    fc
      .oneof(fc.constantFrom(...breaches(schema).map(String)), oddText, oddNumber, oddTime, oddPosition)
      .map((text): [string, string][] => [...query.filter(([given]) => given !== name), [name, text]]),
  );
  const twice = parameter.chain(({ name }) =>
    oddText.map((text): [string, string][] => [
      ...query,
      [name, query.find(([given]) => given === name)?.[1] ?? text],
      [name, text],
    ]),
  );
  const without = parameter.map(({ name }) => query.filter(([given]) => given !== name));
  return fc.oneof(
    { weight: 6, arbitrary: value },
    { weight: 2, arbitrary: twice },
    { weight: 1, arbitrary: without },
    { weight: 2, arbitrary: more },
  );
}

type Rewrite = (address: string) => string;

/** The address written otherwise, with an id that breaks its rule, or broken itself. */
export function oddPath({ operation, path, query }: Draft): fc.Arbitrary<string> {
  const plain = operation.template.replace(/\{([^}]+)\}/g, (_whole, name: string) =>
    encodeURIComponent(path[name] ?? ''),
  );
  const withQuery = query.length === 0 ? '' : `?${new URLSearchParams(query).toString()}`;
  const rewrite = fc.constantFrom<Rewrite>(
    (address) => `${address}/`,
    (address) => address.replaceAll('/', '//'),
    (address) => address.toUpperCase(),
    (address) => address.replace('-', '%2D'),
    (address) => address.replace('/api', '/./api'),
    (address) => address.replace('/api', '/x/../api'),
    (address) => address.replaceAll('/', '%2F').replace('%2F', '/'),
    (address) => `${address}%00`,
    (address) => `${address}%zz`,
    (address) => `${address}%c3%28`,
    (address) => `${address};x=1`,
    (address) => `${address}#x`,
    (address) => `http://evil.example${address}`,
    (address) => `${address}${withQuery}&&==&%`,
    (address) => `${address}?${'&a'.repeat(1_500)}`,
  );
  const oddId = oddText.map(
    (text) => operation.template.replace(/\{[^}]+\}/g, encodeURIComponent(text.toWellFormed())) + withQuery,
  );
  return fc.oneof(
    rewrite.map((change) => change(plain)),
    oddId,
  );
}
