const QUOTE = 0x22;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const SMALL_E = 0x65;
const TO_SMALL = 0x20;

/** A double keeps every integer of fewer digits. */
const DOUBTFUL_DIGITS = 16;

/** What one look along a JSON text tells. */
export interface Glance {
  /** How many keys its objects have together, repeated ones counted again. */
  readonly keys: number;
  /** Whether a number has long digits, an exponent or a fraction: only such can be a float or not be kept by a double. */
  readonly hasDoubtfulNumber: boolean;
}

/** Looks at each character once. The text must be valid JSON, which is what makes so small a scanner right. */
export function glanceAt(json: string): Glance {
  let keys = 0;
  let digits = 0;
  let hasDoubtfulNumber = false;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code >= ZERO && code <= NINE) {
      if (++digits === DOUBTFUL_DIGITS) hasDoubtfulNumber = true;
      continue;
    }
    if (code === QUOTE) at = endOfString(json, at);
    else if (code === COLON) keys++;
    // After a digit, since `true` and `false` have an e too.
    else if (digits > 0 && (code === DOT || (code | TO_SMALL) === SMALL_E)) hasDoubtfulNumber = true;
    digits = 0;
  }
  return { keys, hasDoubtfulNumber };
}

/**
 * How many keys were left of a text once it was read: fewer than {@link glanceAt} counts where one was repeated. NaN,
 * which equals no count, where a key is `__proto__` or objects and arrays nest more than `maxDepth` levels.
 */
export function keptKeys(value: unknown, maxDepth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (maxDepth === 0) return Number.NaN;
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value) keys += keptKeys(item, maxDepth - 1);
    return keys;
  }
  for (const key of Object.keys(value)) {
    if (key === '__proto__') return Number.NaN;
    keys += 1 + keptKeys((value as Record<string, unknown>)[key], maxDepth - 1);
  }
  return keys;
}

/** The place of the quote that closes a string, by the engine's own search: strings are most of a body. */
function endOfString(json: string, open: number): number {
  let end = json.indexOf('"', open + 1);
  while (end !== -1 && isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end === -1 ? json.length : end;
}

function isEscaped(json: string, at: number): boolean {
  let before = at - 1;
  while (json.charCodeAt(before) === BACKSLASH) before--;
  // One backslash escapes the next, so it takes an odd number of them.
  return (at - before) % 2 === 0;
}
