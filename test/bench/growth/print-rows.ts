// Prints the rows of one table for COPY ... FROM PROGRAM: `node print-rows.ts TABLE PAST`, the past as JSON.
import { writeSync } from 'node:fs';
import type { Past } from './life.ts';
import { linesOf, type TableName } from './tables.ts';

const CHUNK = 65_536;

const [table, past] = process.argv.slice(2);
let text = '';
for (const line of linesOf(table as TableName, JSON.parse(past ?? '') as Past)) {
  text += `${line}\n`;
  if (text.length > CHUNK) print();
}
print();

/** A pipe takes as much as fits. */
function print(): void {
  let bytes = Buffer.from(text);
  while (bytes.length > 0) bytes = bytes.subarray(writeSync(1, bytes));
  text = '';
}
