/** A bigint column's text as a number; throws a RangeError when a double cannot hold it exactly or it is no whole number. */
export function toSafeInteger(text: string): number {
  const value = /^-?\d+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value)) throw new RangeError('not a whole number that a double holds exactly');
  return value;
}
