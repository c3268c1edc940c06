/** Text of others, in a cell: a spreadsheet must not take it for a formula. */
export function strangersText(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

/** Rows under the names of their fields, as RFC 4180 has it: quoted where needed, lines ended by CRLF. */
export function csv(names: readonly string[], rows: readonly Readonly<Record<string, string | number>>[]): string {
  const lines = [names, ...rows.map((row) => names.map((name) => String(row[name] ?? '')))];
  return lines.map((cells) => `${cells.map(quoted).join(',')}\r\n`).join('');
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
