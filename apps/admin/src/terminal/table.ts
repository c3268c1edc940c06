export type Cell = string | number | boolean | null | readonly string[];
/** What is shown in one line, and given as one object by `--json`. */
export type Row = Readonly<Record<string, Cell>>;

/** A text of the gateway's can be long and would tear the columns; `--json` gives it whole. */
const MAX_CELL_CHARACTERS = 100;

/** Rows in columns under the names of their fields. */
export function table(rows: readonly Row[]): string {
  const [first] = rows;
  if (first === undefined) return 'none\n';
  const names = Object.keys(first);
  const lines = [names, ...rows.map((row) => names.map((name) => cut(shown(row[name]))))];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) => `${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()}\n`).join('');
}

/** One row as a line for each field. */
export function facts(row: Row): string {
  const width = Math.max(...Object.keys(row).map((name) => name.length));
  return Object.entries(row)
    .map(([name, cell]) => `${name.padEnd(width)}  ${shown(cell)}\n`)
    .join('');
}

function shown(cell: Cell | undefined): string {
  if (cell === null || cell === undefined || cell === '') return '-';
  if (typeof cell === 'object') return cell.length === 0 ? 'none' : cell.map(shown).join(', ');
  // An escape sequence in a text from outside must not reach the operator's terminal.
  return String(cell).replaceAll(/\p{C}+/gu, ' ');
}

function cut(text: string): string {
  return text.length > MAX_CELL_CHARACTERS ? `${text.slice(0, MAX_CELL_CHARACTERS - 1)}…` : text;
}
