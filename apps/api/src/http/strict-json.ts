import { isUtf8 } from 'node:buffer';
import { glanceAt, keptKeys } from './json-glance.js';
import { ApiError, validationFailed, type FieldProblem } from './problems.js';

// Far more than a body of this API nests (extra_data: 8 levels), far less than a recursive walk can bear.
const MAX_DEPTH = 32;
const MAX_PROBLEMS = 20;
const MAX_FIELD_LENGTH = 120;

/** Only an escape can smuggle these in: bytes that are no UTF-8 and raw control characters are refused before. */
const DOUBTFUL_STRING = /\\u(?:0000|[dD][89a-fA-F])/;
/** Of valid JSON: every string, with the colon that makes it a key, and every bracket. */
const STRUCTURE = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\]]/g;

type JsonObject = Record<string, unknown>;

/** Stands where a number cannot be kept exactly, until the walk has found the path to it. */
class UnkeptNumber {
  constructor(readonly isInteger: boolean) {}
}

/** Stands for a number that is kept and was written as a float, were its value whole: `100.0`, `1e2`. */
class WrittenAsFloat {}

/**
 * Reads a body as one JSON object, or throws an {@link ApiError}. Stricter than JSON.parse where that would silently
 * change or hide what was sent: repeated keys, `__proto__`, numbers a double cannot hold, U+0000, lone surrogates. All
 * numbers of this API's own are whole, so a float among the fields of the body itself is refused too, whatever its value.
 */
export function parseStrictJson(body: Buffer): JsonObject {
  if (!isUtf8(body)) throw malformed('The body is not UTF-8.');
  const text = body.toString('utf8');
  const value = parse(text);
  const { keys, hasDoubtfulNumber } = glanceAt(text);
  if (keptKeys(value, MAX_DEPTH) !== keys) refuseStructure(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed('The body must be a JSON object.');
  }
  if (hasDoubtfulNumber || DOUBTFUL_STRING.test(text)) {
    const problems: FieldProblem[] = [];
    collectProblems(hasDoubtfulNumber ? JSON.parse(text, markUnkeptNumbers) : value, '', problems);
    if (problems.length > 0) throw validationFailed(problems);
  }
  return value as JsonObject;
}

function malformed(detail: string): ApiError {
  return new ApiError('malformed_json', detail, { errors: [{ field: 'body', message: detail }] });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // V8's own message quotes the body, which may hold anything.
    throw malformed(text.trim() === '' ? 'The body is empty: a JSON object is expected.' : 'The body is not valid JSON.');
  }
}

/** Finds what is wrong and where. The text is valid JSON by now, which is what makes so small a scanner right. */
function refuseStructure(text: string): void {
  const keysOfOpen: (Set<string> | null)[] = [];
  for (const [token, colon] of text.matchAll(STRUCTURE)) {
    if (token === '{' || token === '[') {
      keysOfOpen.push(token === '{' ? new Set() : null);
      if (keysOfOpen.length > MAX_DEPTH) throw malformed(`The body nests more than ${MAX_DEPTH} levels.`);
    } else if (token === '}' || token === ']') {
      keysOfOpen.pop();
    } else if (colon !== undefined) {
      const key = JSON.parse(token.slice(0, token.length - colon.length)) as string;
      if (key === '__proto__') throw malformed('The body has a key named __proto__.');
      const keys = keysOfOpen.at(-1);
      if (keys?.has(key)) throw malformed(`The body has the key ${JSON.stringify(clip(key))} twice in one object.`);
      keys?.add(key);
    }
  }
}

function markUnkeptNumbers(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined) return value;
  if (!Number.isFinite(value)) return new UnkeptNumber(false);
  const exact = exactInteger(source);
  if (exact === undefined) return new WrittenAsFloat();
  // Also refuses an integer that is held exactly and written otherwise: 2^60 would come back as …847000. In another
  // notation it is the value that counts: 1e+23 for 1e23 is the same.
  const written = String(value);
  const comesBack = /^-?\d+$/.test(source) ? written === source || value === 0 : exactInteger(written) === exact;
  if (!comesBack) return new UnkeptNumber(true);
  return /[.eE]/.test(source) ? new WrittenAsFloat() : value;
}

/** The integer that a JSON number denotes, whatever its notation; undefined where it has a fraction. */
function exactInteger(source: string): bigint | undefined {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  const digits = (whole + fraction).replace(/0+$/, '');
  if (digits === '' || /^0*$/.test(digits)) return 0n;
  const zeros = Number(exponent) - fraction.length + (whole.length + fraction.length - digits.length);
  // Finite as a double, so the number of zeros is bounded by 308.
  return zeros < 0 ? undefined : BigInt(sign + digits) * 10n ** BigInt(zeros);
}

/** `isOwn`: the value is that of a field of the body itself. */
function collectProblems(value: unknown, field: string, problems: FieldProblem[], isOwn = false): void {
  if (problems.length >= MAX_PROBLEMS) return;
  if (value instanceof UnkeptNumber) {
    problems.push({ field: clip(field), message: value.isInteger ? INEXACT : 'is a number beyond what a double can hold' });
  } else if (value instanceof WrittenAsFloat) {
    if (isOwn) problems.push({ field: clip(field), message: 'is written as a float: send a whole number' });
  } else if (typeof value === 'string') {
    const problem = textProblem(value);
    if (problem) problems.push({ field: clip(field), message: problem });
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => collectProblems(item, `${field}[${index}]`, problems));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      const path = field === '' ? key : `${field}.${key}`;
      const problem = textProblem(key);
      if (problem) problems.push({ field: clip(path.toWellFormed()), message: `has a name that ${problem}` });
      collectProblems(item, path, problems, field === '');
    }
  }
}

const INEXACT = 'is an integer that a double cannot hold exactly: send it as a string';

function textProblem(text: string): string | undefined {
  if (text.includes('\0')) return 'contains the character U+0000';
  return text.isWellFormed() ? undefined : 'contains half of a surrogate pair';
}

function clip(text: string): string {
  return text.length > MAX_FIELD_LENGTH ? `${text.slice(0, MAX_FIELD_LENGTH).toWellFormed()}…` : text;
}
