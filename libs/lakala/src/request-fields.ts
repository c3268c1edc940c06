/**
 * A field within Lakala's limit, unchanged. Throws a RangeError that names the field: sending it anyway would turn a
 * mistake of ours into Lakala's refusal of the order.
 */
export function limited(field: string, value: string, maxLength: number): string {
  if (value.length === 0 || value.length > maxLength) {
    throw new RangeError(`${field} must have 1 to ${maxLength} characters, has ${value.length}`);
  }
  return value;
}

/** Fen as Lakala wants them in a request: a string of at most 12 digits. Throws a RangeError for anything else. */
export function fenText(field: string, fen: number): string {
  if (!Number.isSafeInteger(fen) || fen < 1 || fen > 999_999_999_999) {
    throw new RangeError(`${field} must be a whole number of fen of 1 to 12 digits`);
  }
  return String(fen);
}

/**
 * The text's beginning, at most this many UTF-16 units (the shortest reading of Lakala's "S64", whose unit is not
 * documented), never ending inside a surrogate pair.
 */
export function cutText(text: string, maxLength: number): string {
  const cut = text.slice(0, maxLength);
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}
