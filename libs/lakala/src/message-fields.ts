import { MessageError } from './message-error.js';

/** A JSON object as it came: nothing in it is believed before it is read through one of the functions here. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** At most 12 digits (docs/lakala.md, "Limits"). */
const FEN = /^\d{1,12}$/;
/** Longer than any text we read (the longest, counter_url, is S256), short enough to store. */
export const MAX_TEXT_LENGTH = 2048;
/** Of numbers, states and names (S64 at most): what is looked up by them is indexed, and an index holds 2.7 KB. */
const MAX_NUMBER_LENGTH = 256;
/** Control characters and lone surrogates: no field of ours needs them, and PostgreSQL cannot store all of them. */
const UNWANTED = /[\p{Cc}\p{Cs}]/u;

/** The body as a JSON object, UTF-8. Throws MessageError on anything else. */
export function parseJsonObject(raw: Uint8Array): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(raw));
  } catch {
    // The parser's own message quotes the body, so it goes no further.
    throw new MessageError('body', 'is not JSON');
  }
  return asObject(value, 'body');
}

/** The value as a JSON object, or MessageError under this field's name. */
export function asObject(value: unknown, field: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MessageError(field, 'is not an object');
  }
  return value as JsonObject;
}

/** Absent, null and the empty string all mean that Lakala has nothing to say (docs/lakala.md, "Envelope"). */
export function isAbsent(value: unknown): value is undefined | null | '' {
  return value === undefined || value === null || value === '';
}

/**
 * A field we cannot do without, as text of at most `maxLength` characters. A whole number counts, since Lakala varies
 * the type; else MessageError.
 */
export function requiredText(object: JsonObject, field: string, maxLength = MAX_NUMBER_LENGTH): string {
  const text = optionalText(object, field, maxLength);
  if (text === undefined) {
    throw new MessageError(field, 'is missing');
  }
  return text;
}

/** A field that may be absent, but must be readable where it is there, since something is compared with it. */
export function optionalText(object: JsonObject, field: string, maxLength = MAX_NUMBER_LENGTH): string | undefined {
  const value = object[field];
  if (isAbsent(value)) {
    return undefined;
  }
  const text = asText(value);
  if (text === undefined || text.length > maxLength) {
    throw new MessageError(field, 'is not readable text');
  }
  return text;
}

/** A field that is only shown to people: whatever is not readable text is as good as absent. */
export function shownText(object: JsonObject, field: string): string | undefined {
  const value = object[field];
  return isAbsent(value) ? undefined : asText(value);
}

/** An amount we cannot do without, in fen; MessageError where it is absent or not one. */
export function requiredFen(object: JsonObject, field: string): number {
  return parseFen(object[field], field);
}

/** An amount that may be absent, but must be one where it is there, in fen. */
export function optionalFen(object: JsonObject, field: string): number | undefined {
  return isAbsent(object[field]) ? undefined : parseFen(object[field], field);
}

/** An amount that is only shown to people, in fen: whatever is not one is as good as absent. */
export function shownFen(object: JsonObject, field: string): number | undefined {
  const digits = shownText(object, field);
  return digits !== undefined && FEN.test(digits) ? Number(digits) : undefined;
}

/**
 * An amount in fen from what Lakala sends, `"1"` in one place and `1` in another (docs/lakala.md, "Envelope").
 * Accepts whole numbers and digit strings of at most 12 digits; throws MessageError for all else.
 */
export function parseFen(value: unknown, field = 'amount'): number {
  const digits = typeof value === 'number' ? String(value) : value;
  if (typeof digits !== 'string' || !FEN.test(digits)) {
    throw new MessageError(field, 'is not a whole number of fen');
  }
  return Number(digits);
}

function asText(value: unknown): string | undefined {
  const text = Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === 'string' && text.length <= MAX_TEXT_LENGTH && !UNWANTED.test(text) ? text : undefined;
}
