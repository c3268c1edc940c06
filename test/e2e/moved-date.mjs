// Preloaded into a program of ours (`--import`), makes its `Date` show the time that a test wants: the machine's clock,
// moved by the milliseconds in the file that MOVED_DATE_FILE names. Timers and `performance` keep the true time.
import { readFileSync } from 'node:fs';

const READ_EVERY_MS = 20;
const file = process.env.MOVED_DATE_FILE;
const TrueDate = Date;
let aheadMs = 0;
let readAt = -Infinity;

function now() {
  if (performance.now() - readAt > READ_EVERY_MS) {
    aheadMs = Number(readFileSync(file, 'utf8'));
    readAt = performance.now();
  }
  return TrueDate.now() + aheadMs;
}

globalThis.Date = class Date extends TrueDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [now()] : parts));
  }

  static now() {
    return now();
  }
};
