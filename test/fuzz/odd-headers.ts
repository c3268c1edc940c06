import fc from 'fast-check';
import type { Keys } from './fuzz-target.ts';

/** Headers put in beside or instead of the good ones. */
export interface HeaderFault {
  headers: Record<string, string | string[]>;
  leaveOut?: readonly string[];
  mustBeRefused?: string;
  asOtherApp?: boolean;
  /** Of no meaning where a call takes no key. */
  isOfKey?: boolean;
}

const UNKNOWN = 'the key is none';

/** Keys that are missing, malformed, unknown, revoked, of another app, or may not do this. */
export function oddKeys({ good, other, revoked, limited }: Keys): fc.Arbitrary<HeaderFault> {
  const wrong = [
    '',
    'Bearer',
    'Bearer ',
    `Basic ${good}`,
    good,
    `Bearer ${good}x`,
    `Bearer ${good.slice(0, -1)}`,
    `Bearer ${good.toUpperCase()}`,
    `Bearer ${good}, Bearer ${good}`,
    `Bearer ${good} ${good}`,
    `Bearer ${'k'.repeat(300)}`,
    `Bearer ${revoked}`,
    "Bearer ' OR 1=1 --",
    'LKLAPI-SHA256withRSA timestamp="1",nonce_str="1",signature="1"',
  ];
  const faults = fc.oneof<fc.WeightedArbitrary<HeaderFault>[]>(
    {
      weight: 7,
      arbitrary: fc
        .constantFrom(...wrong)
        .map((authorization) => ({ headers: { authorization }, mustBeRefused: UNKNOWN })),
    },
    { weight: 1, arbitrary: fc.constant({ headers: {}, leaveOut: ['authorization'], mustBeRefused: UNKNOWN }) },
    {
      weight: 2,
      arbitrary: fc.constant({
        headers: { authorization: `Bearer ${other}` },
        asOtherApp: true,
        mustBeRefused: 'the key is of another app',
      }),
    },
    { weight: 2, arbitrary: fc.constant({ headers: { authorization: `Bearer ${limited}` } }) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(`bearer ${good}`, `BEARER  ${good}`)
        .map((authorization) => ({ headers: { authorization } })),
    },
  );
  return faults.map((fault) => ({ ...fault, isOfKey: true }));
}

const OTHER_TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=gbk',
  'application/json; charset=utf-16',
  'application/json5',
  'application/vnd.api+json',
  'application/xml',
  'json',
  ';',
  ',',
  'application/json, text/plain',
];

/** Headers that say something else of the body or the connection than is so, or nothing anybody understands. */
export function oddHeaders(takesBody: boolean): fc.Arbitrary<HeaderFault> {
  const otherType = fc.constantFrom(...OTHER_TYPES).map((type) => ({
    headers: { 'content-type': type },
    mustBeRefused: takesBody ? 'the body is said not to be JSON' : undefined,
  }));
  const harmless = fc.constantFrom<Record<string, string | string[]>>(
    { 'content-type': 'application/json; charset=UTF-8' },
    { 'content-encoding': 'gzip' },
    { 'content-encoding': 'nonsense' },
    { accept: 'text/html' },
    { accept: 'nonsense' },
    { 'accept-encoding': 'gzip, br' },
    { 'if-none-match': '*' },
    { 'if-match': '"x"' },
    { range: 'bytes=0-1' },
    { origin: 'https://evil.example' },
    { 'x-http-method-override': 'DELETE' },
    { 'x-forwarded-for': "127.0.0.1, ' OR 1=1" },
    { 'x-forwarded-proto': 'gopher' },
    { forwarded: 'for=_x;host=evil.example' },
    { host: 'evil.example' },
    { cookie: 'a=b; '.repeat(200) },
    { expect: '100-continue' },
    { expect: 'nonsense' },
    { te: 'trailers' },
    { upgrade: 'h2c', connection: 'Upgrade, HTTP2-Settings', 'http2-settings': 'AAMAAABkAAQAAP__' },
    { upgrade: 'websocket', connection: 'Upgrade' },
    { 'x-large': 'x'.repeat(20_000) },
    { 'x-many': Array.from({ length: 150 }, (_, n) => String(n)) },
    { 'x-latin': '\u00e9\u00ff' },
  );
  const requestId = fc
    .oneof(
      fc.constantFrom(
        'abc_DEF-123',
        'a',
        'x'.repeat(64),
        'x'.repeat(65),
        'a b',
        '',
        '<script>',
        '%0d%0a',
        '\u00e9',
        'a,b',
      ),
      fc.stringMatching(/^[!-~]{1,80}$/),
    )
    .map((id) => ({ headers: { 'X-Request-Id': id } }));
  const chunked: fc.Arbitrary<HeaderFault> = fc.constant({
    headers: { 'transfer-encoding': 'chunked' },
    leaveOut: ['content-length'],
  });
  return fc.oneof<fc.Arbitrary<HeaderFault>[]>(
    otherType,
    harmless.map((headers) => ({ headers })),
    requestId,
    chunked,
  );
}
