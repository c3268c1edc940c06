import fc from 'fast-check';
import type { Parameter, Schema } from './openapi-document.ts';

/** Values that a field may have beside what its schema says: ids that exist, cursors that were given. */
export type KnownValues = Readonly<Record<string, fc.Arbitrary<unknown>>>;

const MAX_EXTRA_KEYS = 4;

/** Values that the schema allows; a field with known values takes those. */
export function validValue(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const types = [schema.type ?? 'string'].flat();
  return fc.oneof(...types.map((type) => valueOfType(type, schema)));
}

function valueOfType(type: string, schema: Schema): fc.Arbitrary<unknown> {
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'integer':
      return fc.integer({ min: schema.minimum, max: schema.maximum });
    case 'boolean':
      return fc.boolean();
    case 'object':
      return ownData;
    default:
      return validText(schema);
  }
}

function validText({ pattern, format, minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  if (pattern !== undefined) return matching(new RegExp(pattern));
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time') return instant;
  return fc
    .string({ unit: 'grapheme', minLength, maxLength })
    .filter((text) => isPlain(text) && [...text].length <= maxLength);
}

/** fast-check cannot follow a look-ahead, so that is done without, and what it forbids is sorted out. */
export function matching(pattern: RegExp): fc.Arbitrary<string> {
  const plain = new RegExp(pattern.source.replace(/\(\?[!=][^()]*\)/g, ''));
  return fc.stringMatching(plain).filter((text) => pattern.test(text));
}

const instant = fc
  .date({ min: new Date('2020-01-01T00:00:00Z'), max: new Date('2099-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => `${date.toISOString().slice(0, 19)}Z`);

/** The rules that a schema of text cannot say: no control characters, no half of a surrogate pair. */
function isPlain(text: string): boolean {
  return !/[\p{Cc}\p{Cs}]/u.test(text);
}

/** What an app keeps in `extra_data`: any JSON within its limits, and none of the keys with a meaning. */
const ownData: fc.Arbitrary<Record<string, unknown>> = fc
  .dictionary(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.jsonValue({ maxDepth: 3, stringUnit: 'grapheme' }), {
    maxKeys: MAX_EXTRA_KEYS,
    noNullPrototype: true,
  })
  .map((data) => ({ ...data, return_url: 'https://shop.example/thanks' }))
  .filter((data) => {
    const text = JSON.stringify(data);
    return text.length < 4_000 && !/__proto__|payment_url|lakala_callback|\\u|\p{Cc}|\d{16}/u.test(text);
  });

/** Bodies that the schema allows, with any of the optional fields. */
export function validBody(schema: Schema, known: KnownValues): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(schema.properties ?? {}).map(
    ([name, field]) => [name, known[name] ?? validValue(field)] as const,
  );
  return fc.record(Object.fromEntries(fields), { requiredKeys: schema.required ?? [], noNullPrototype: true });
}

/** Values for the parameters of one place (`path`, `query`), those that need not be there now and then. */
export function validParameters(
  parameters: readonly Parameter[],
  place: Parameter['in'],
  known: KnownValues,
): fc.Arbitrary<Record<string, unknown>> {
  const here = parameters.filter((parameter) => parameter.in === place);
  const values = here.map(({ name, schema }) => [name, known[name] ?? validValue(schema)] as const);
  const requiredKeys = here.filter(({ required }) => required).map(({ name }) => name);
  return fc.record(Object.fromEntries(values), { requiredKeys, noNullPrototype: true });
}
