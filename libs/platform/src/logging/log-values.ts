import { describeError } from './error-fields.js';
import { LOG_FIELDS, type FieldType } from './log-fields.js';
import { scrub } from './scrub.js';

const MAX_ID_LENGTH = 128;
const MAX_TEXT_LENGTH = 500;
const MAX_NAMES = 20;
// Ids are ours or an app's (contract §1), codes a gateway's: none holds a space or a quote, so no prose or JSON passes for one.
const ID_PATTERN = /^[\w.:@/+*$-]{1,128}$/;
// A Map, so that a field called `constructor` is not found on a prototype.
const TYPES = new Map<string, FieldType>(Object.entries(LOG_FIELDS));

/** The part of a log line made of the caller's fields: declared ones of their type, and the names of all others. */
export function declaredFields(fields: object): Record<string, unknown> {
  const line: Record<string, unknown> = {};
  const dropped: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue;
    const type = TYPES.get(name);
    const written = type === undefined ? undefined : writeValue(type, value);
    if (written === undefined) dropped.push(scrub(name, 64));
    else line[name] = written;
  }
  if (dropped.length > 0) line.dropped = dropped.slice(0, MAX_NAMES);
  return line;
}

function writeValue(type: FieldType, value: unknown): unknown {
  switch (type) {
    case 'id':
    case 'code':
      return writeId(value);
    case 'text':
      return typeof value === 'string' ? scrub(value, MAX_TEXT_LENGTH) : undefined;
    case 'number':
    case 'duration':
      return writeNumber(value);
    case 'flag':
      return typeof value === 'boolean' ? value : undefined;
    case 'names':
      return Array.isArray(value) ? value.slice(0, MAX_NAMES).map((name) => scrub(String(name), MAX_ID_LENGTH)) : undefined;
    case 'error':
      return describeError(value);
  }
}

function writeId(value: unknown): string | number | undefined {
  if (typeof value === 'number') return writeNumber(value);
  const text = typeof value === 'bigint' ? value.toString() : value;
  return typeof text === 'string' && ID_PATTERN.test(text) ? scrub(text, MAX_ID_LENGTH) : undefined;
}

function writeNumber(value: unknown): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? Math.round(number * 1000) / 1000 : undefined;
}
