import fc from 'fast-check';
import { ApiError, type ErrorCode, type FieldProblem } from './problems.js';
import { parseStrictJson } from './strict-json.js';

function parse(text: string | Buffer): unknown {
  return parseStrictJson(Buffer.from(text));
}

function refusalOf(text: string | Buffer): { code: ErrorCode; errors: readonly FieldProblem[] | undefined } {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ApiError) return { code: error.code, errors: error.errors };
    throw error;
  }
  throw new Error(`accepted ${text.toString('utf8')}`);
}

it.each(['{', '', ' ', '{"a":}', '{"a":1}x', 'null', '1', '"a"', '[]', '[{}]', "{'a':1}", '{"a":"\u0001"}', '{"a":NaN}'])(
  'what is no JSON object is refused: %j',
  (text) => {
    expect(refusalOf(text).code).toBe('malformed_json');
  },
);

it('bytes that are no UTF-8 are refused', () => {
  expect(refusalOf(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])).code).toBe('malformed_json');
});

it.each([
  ['{"a":1,"a":1}', 'twice'],
  ['{"x":[{"a":1,"b":{"a":2},"\\u0061":3}]}', 'twice'],
  ['{"__proto__":{"admin":true}}', '__proto__'],
  ['{"a":{"\\u005f_proto__":1}}', '__proto__'],
])('a key that hides another is refused: %s', (text, word) => {
  const { code, errors } = refusalOf(text);
  expect(code).toBe('malformed_json');
  expect(errors?.[0]?.message).toContain(word);
});

it('keys that only look alike are kept', () => {
  expect(parse('{"a":{"a":[{"a":1},{"a":2}]},"b":"a\\":1,{\\"a\\":","A":1}')).toEqual({
    a: { a: [{ a: 1 }, { a: 2 }] },
    b: 'a":1,{"a":',
    A: 1,
  });
});

it.each([
  '9007199254740993',
  '-9007199254740993',
  '1152921504606846976',
  '12345678901234567890',
  '9007199254740993.0',
  '90071992547409930e-1',
  '9007199254740993e0',
  '100000000000000000000000',
])('the integer %s, which would come back changed, is refused with its path', (number) => {
  const { code, errors } = refusalOf(`{"extra_data":{"ids":[1,{"user":${number}}]}}`);
  expect(code).toBe('validation_failed');
  expect(errors).toEqual([{ field: 'extra_data.ids[1].user', message: expect.stringContaining('send it as a string') as string }]);
});

it.each(['9007199254740991', '-9007199254740991', '9007199254740992', '1e22', '1e23', '1.5e300', '1.7976931348623157e+308', '0.1', '0.30000000000000004', '-0', '5e-324', '1.0', '100e-2'])(
  'the number %s, which comes back as it was, is kept',
  (number) => {
    expect(parse(`{"extra_data":{"a":${number}}}`)).toEqual({ extra_data: { a: Number(number) } });
  },
);

it.each(['1.5', '100.0', '1e2', '-0.0', '1E+2'])('the number %s is no amount, whatever its value: money is written as a whole number', (number) => {
  expect(refusalOf(`{"amount":${number}}`).errors).toEqual([{ field: 'amount', message: expect.stringContaining('whole number') as string }]);
});

it.each(['1e400', '-1e400', `1${'0'.repeat(400)}`])('the number %s, beyond any double, is refused', (number) => {
  expect(refusalOf(`{"a":${number}}`).errors?.[0]).toMatchObject({ field: 'a' });
});

it('a long number inside a string is nobody’s business', () => {
  expect(parse('{"id":"12345678901234567890"}')).toEqual({ id: '12345678901234567890' });
});

it.each(['"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\uDC00x"', '["\\ud83d \\ude00"]', '{"\\u0000":1}', '{"\\ud800":1}'])(
  'U+0000 and half surrogate pairs are refused everywhere: %s',
  (value) => {
    expect(refusalOf(`{"a":${value}}`).code).toBe('validation_failed');
  },
);

it('a whole surrogate pair is a character', () => {
  expect(parse('{"a":"\\ud83d\\ude00"}')).toEqual({ a: '😀' });
});

it('deep nesting is refused before anything recursive looks at it', () => {
  expect(refusalOf(`{"a":${'['.repeat(30_000)}1${']'.repeat(30_000)}}`).code).toBe('malformed_json');
  expect(refusalOf(`{"a":${'['.repeat(30_000)}`).code).toBe('malformed_json');
});

it('a hostile string takes no longer than an honest one of its length', () => {
  const began = performance.now();
  refusalOf(`{"a":"${'\\"'.repeat(30_000)}`);
  refusalOf(`{"a":"${'\\\\'.repeat(15_000)}","a":1}`);
  expect(performance.now() - began).toBeLessThan(500);
});

it('whatever is accepted comes back as it was, and nothing throws anything but a refusal', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (value) => {
      const text = `{"v":${value}}`;
      let parsed: unknown;
      try {
        parsed = parse(text);
      } catch (error) {
        expect(error).toBeInstanceOf(ApiError);
        return;
      }
      expect(parsed).toEqual(JSON.parse(text));
    }),
  );
});

it('any integer is either kept to the digit or refused', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }), (integer) => {
      let kept: unknown;
      try {
        kept = (parse(`{"n":${integer}}`) as { n: unknown }).n;
      } catch {
        expect(JSON.stringify(Number(integer))).not.toBe(String(integer));
        return;
      }
      expect(JSON.stringify(kept)).toBe(String(integer));
    }),
  );
});

type Tree = string | Tree[] | { entries: [string, Tree][] };

const keyText = fc.constantFrom('"a"', '"\\u0061"', '"b"', '"\\""', '"a:"', '"__proto__"', '"\\u005f_proto__"', '"ünï"', '"{"');
const scalar = fc.constantFrom('1', '-0', '"a:1,\\"a\\":"', '"\\\\"', 'true', 'false', 'null', '"12345678901234567890"', '"3e5 1.5"', '"票"');
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    { arbitrary: scalar, weight: 2 },
    { arbitrary: fc.array(tie('tree'), { maxLength: 3 }), weight: 1 },
    { arbitrary: fc.array(fc.tuple(keyText, tie('tree')), { maxLength: 3 }).map((entries) => ({ entries })), weight: 3 },
  ),
}));

function written(node: Tree, space: string): string {
  if (typeof node === 'string') return node;
  if (Array.isArray(node)) return `[${node.map((item) => written(item, space)).join(`${space},`)}${space}]`;
  return `{${node.entries.map(([key, item]) => `${space}${key}${space}:${space}${written(item, space)}`).join(',')}}`;
}

function hidesAKey(node: Tree): boolean {
  if (typeof node === 'string') return false;
  if (Array.isArray(node)) return node.some(hidesAKey);
  const keys = node.entries.map(([key]) => JSON.parse(key) as string);
  return new Set(keys).size < keys.length || keys.includes('__proto__') || node.entries.some(([, item]) => hidesAKey(item));
}

it('a body is refused for its keys exactly where one is repeated or is __proto__, however it is written', () => {
  const seen = { refused: 0, kept: 0 };
  fc.assert(
    fc.property(tree, fc.constantFrom('', ' ', '\n\t'), (node, space) => {
      const text = `{"v":${written(node, space)}}`;
      if (hidesAKey(node)) {
        seen.refused++;
        expect(refusalOf(text).code).toBe('malformed_json');
      } else {
        seen.kept++;
        expect(parse(text)).toEqual(JSON.parse(text));
      }
    }),
    { numRuns: 2000 },
  );
  expect(Math.min(seen.refused, seen.kept)).toBeGreaterThan(100);
});

it.each([
  ['[', '1', ']'],
  ['{"a":', '1', '}'],
])('%s nests 32 levels and not 33', (open, inner, close) => {
  const nested = (levels: number) => `{"v":${open.repeat(levels - 1)}${inner}${close.repeat(levels - 1)}}`;
  expect(parse(nested(32))).toEqual(JSON.parse(nested(32)));
  expect(refusalOf(nested(33)).errors?.[0]?.message).toContain('32 levels');
});

it('a number is looked at wherever it stands, and what only looks like one in a string or word never', () => {
  const kept = '{"t":true,"f":false,"n":[1,2,{"e":"3e5"}],"s":"1.5 12345678901234567890","x":123456789012345,"y":12345678,"z":12345678}';
  expect(parse(kept)).toEqual(JSON.parse(kept));
  for (const number of ['9007199254740993', '-9007199254740993', '1E999', '1e999', '12345678901234567.5e10']) {
    for (const text of [`{"a":{"n":${number}}}`, `{"a":[true,"s",${number} ]}`, `{"a":{"s":"\\\\","n":-${number.replace('-', '')}\n}}`]) {
      expect([text, refusalOf(text).code]).toEqual([text, 'validation_failed']);
    }
  }
});
