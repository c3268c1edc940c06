import fc from 'fast-check';
import { RawJson, type JsonObject } from './json-text.ts';
import { oddValue } from './odd-values.ts';
import type { Schema } from './openapi-document.ts';

const OF_OTHER_TYPES: Readonly<Record<string, unknown>> = {
  string: 'text',
  integer: 1,
  number: 1.5,
  boolean: true,
  array: ['text'],
  object: { a: 1 },
  null: null,
};

/** Values that break one keyword of the schema each, and such as may break anything. */
export function brokenValue(schema: Schema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...breaches(schema)) }, { weight: 2, arbitrary: oddValue });
}

/** One value or more for each keyword that the schema has. */
export function breaches(schema: Schema): unknown[] {
  const allowed = [schema.type ?? 'string'].flat();
  const isOfOtherType = ([type]: [string, unknown]): boolean =>
    !allowed.includes(type) && !(type === 'integer' && allowed.includes('number'));
  return [
    ...Object.entries(OF_OTHER_TYPES)
      .filter(isOfOtherType)
      .map(([, value]) => value),
    ...numberBreaches(schema),
    ...textBreaches(schema),
  ];
}

function numberBreaches({ minimum, maximum, enum: choices }: Schema): unknown[] {
  return [
    ...(minimum === undefined ? [] : [minimum - 1, minimum - 0.5, -minimum, new RawJson('-1e400'), String(minimum)]),
    ...(maximum === undefined ? [] : [maximum + 1, maximum + 0.5, maximum * 2 ** 53, new RawJson('1e400')]),
    ...(choices === undefined
      ? []
      : choices.flatMap((choice) => [`${String(choice)} `, String(choice).toUpperCase(), [choice], ''])),
  ];
}

function textBreaches({ minLength, maxLength, pattern, format }: Schema): unknown[] {
  const tooLong = maxLength === undefined ? [] : ['x', '😀', 'é'].map((character) => character.repeat(maxLength + 1));
  return [
    ...(minLength ? [''] : []),
    ...tooLong,
    ...(pattern === undefined ? [] : ['', 'a b', 'ä', 'a/b', 'a\n', '\na', 'a\u0000', 'a'.repeat(65), 'ａ']),
    ...(format === undefined
      ? []
      : [`not a ${format}`, '0', ' ', '2024-02-30T00:00:00Z', '550e8400-e29b-41d4-a716-44665544000g']),
  ];
}

/** The object with one thing wrong: a field broken, missing, null, doubled in an odd name, or one too many. */
export function withOneBreach(valid: JsonObject, schema: Schema): fc.Arbitrary<JsonObject> {
  const names = Object.keys(schema.properties ?? {});
  const name = fc.constantFrom(...names);
  const broken = name.chain((field) =>
    brokenValue(schema.properties?.[field] ?? {}).map((value) => ({ ...valid, [field]: value })),
  );
  const missing = name.map((field) => Object.fromEntries(Object.entries(valid).filter(([key]) => key !== field)));
  const extra = fc
    .tuple(
      fc.oneof(
        fc.constantFrom('extra', 'id', 'status', 'Amount', 'amount ', 'constructor', 'payment_url', ''),
        fc.string(),
      ),
      oddValue,
    )
    .map(([key, value]) => own(valid, names.includes(key) ? `${key}_` : key, value));
  return fc.oneof(
    { weight: 8, arbitrary: broken },
    { weight: 2, arbitrary: missing },
    { weight: 2, arbitrary: extra },
    { weight: 1, arbitrary: fc.dictionary(name, oddValue, { noNullPrototype: true }) },
  );
}

/** As an own field, also where the name is `__proto__`. */
function own(object: JsonObject, key: string, value: unknown): JsonObject {
  return Object.fromEntries([...Object.entries(object), [key, value]]);
}
