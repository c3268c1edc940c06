import fc from 'fast-check';
import { damagedBytes, withDoubledKey } from './damaged-bytes.ts';
import { isObject, writeJson, type JsonObject } from './json-text.ts';
import { longText, oddValue } from './odd-values.ts';

/** Values that Lakala itself uses somewhere, so that a wrong one still looks right. */
const PLAUSIBLE: readonly unknown[] = [
  '0',
  '1',
  '2',
  '3',
  '4',
  '5',
  '6',
  '7',
  '8',
  2,
  'S',
  'F',
  'C',
  'U',
  'X',
  'T',
  'P',
  'PAY',
  'REFUND',
  'CANCEL',
  'SUCCESS',
  'FAIL',
  'INIT',
  'EXCEPTION',
  '000000',
  'BBS00000',
  '000095',
  '',
  null,
  '20250311195612',
  '99999999999999',
  '20250230000000',
  '1741694172000',
  '1',
  1,
  999_999_999_999,
  '999999999999',
  '1000000000000',
  -1,
  '01',
  '+1',
  '1.0',
];
const MOST_CHANGES = 2;

type Path = readonly (string | number)[];

/** A message with some of its fields changed, or the bytes of it; so that many are nearly right and few are. */
export function changedMessage(message: JsonObject): fc.Arbitrary<Buffer> {
  const whole = Buffer.from(writeJson(message));
  const fields = fc
    .array(fieldChange(message), { minLength: 1, maxLength: MOST_CHANGES })
    .map((changes) => Buffer.from(writeJson(changes.reduce((object, change) => change(object), message))));
  return fc.oneof(
    { weight: 12, arbitrary: fields },
    { weight: 6, arbitrary: damagedBytes(whole) },
    { weight: 1, arbitrary: fc.constant(Buffer.from(withDoubledKey(whole.toString()))) },
    { weight: 1, arbitrary: fields.chain(damagedBytes) },
    { weight: 1, arbitrary: oddValue.map((value) => Buffer.from(writeJson(value))) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  );
}

type FieldChange = (object: JsonObject) => JsonObject;

/** Who paid is in no log, so it must not be moved to where an order's number is, which is. */
const PAYER = /^(?:user_id|payerId)/;

function fieldChange(message: JsonObject): fc.Arbitrary<FieldChange> {
  const paths = pathsIn(message);
  const path = fc.constantFrom(...paths);
  const source = fc.constantFrom(...paths.filter((at) => !PAYER.test(String(at.at(-1)))));
  const value = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...PLAUSIBLE) },
    { weight: 3, arbitrary: oddValue },
    { weight: 1, arbitrary: longText },
  );
  const set =
    (at: Path, to: (object: JsonObject) => unknown): FieldChange =>
    (object) =>
      replaced(object, at, to(object));
  return fc.oneof(
    { weight: 6, arbitrary: fc.tuple(path, value).map(([at, to]) => set(at, () => to)) },
    { weight: 2, arbitrary: path.map((at) => set(at, () => undefined)) },
    { weight: 2, arbitrary: path.map((at) => set(at, (object) => otherType(valueAt(object, at)))) },
    { weight: 1, arbitrary: fc.tuple(path, source).map(([at, from]) => set(at, (object) => valueAt(object, from))) },
  );
}

/** Every field, also those inside of objects and lists. */
function pathsIn(value: unknown, at: Path = []): Path[] {
  const entries = Array.isArray(value) ? [...value.entries()] : isObject(value) ? Object.entries(value) : [];
  return entries.flatMap(([key, item]) => [[...at, key], ...pathsIn(item, [...at, key])]);
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as JsonObject)[key] : undefined),
    value,
  );
}

function replaced(object: JsonObject, [key, ...rest]: Path, to: unknown): JsonObject {
  if (key === undefined) return object;
  const inner = object[key];
  if (rest.length > 0 && (typeof inner !== 'object' || inner === null)) return object;
  const value = rest.length === 0 ? to : replaced(inner as JsonObject, rest, to);
  if (Array.isArray(object))
    return object.map((item: unknown, index) => (index === key ? value : item)) as unknown as JsonObject;
  return { ...object, [key]: value };
}

function otherType(value: unknown): unknown {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return /^\d{1,15}$/.test(value) ? Number(value) : [value];
  return isObject(value) ? [value] : JSON.stringify(value);
}
