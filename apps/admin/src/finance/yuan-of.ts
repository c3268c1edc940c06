/** Fen, as a whole number of any size, as yuan: `-1205` is `-12.05`. */
export function yuanOf(fen: string): string {
  const [, sign = '', digits = ''] = /^(-?)(\d+)$/.exec(fen) ?? [];
  const padded = digits.padStart(3, '0');
  return `${sign}${padded.slice(0, -2)}.${padded.slice(-2)}`;
}
