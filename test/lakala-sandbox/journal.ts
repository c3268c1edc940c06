import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

/** An append-only file of JSON lines. A line is in the operating system's hands before `append` returns. */
export interface Journal<T> {
  append(record: T): void;
  close(): void;
}

/** Opens the file and hands every whole record in it to `replay`, oldest first. A half-written last line is cut off. */
export function openJournal<T>(path: string, replay: (record: T) => void): Journal<T> {
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  for (const line of bytes.toString('utf8', 0, whole).split('\n')) {
    if (line !== '') replay(JSON.parse(line) as T);
  }
  const file = openSync(path, 'a', 0o600);
  if (whole < bytes.length) ftruncateSync(file, whole);
  return {
    append: (record) => {
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      for (let written = 0; written < line.length;) written += writeSync(file, line, written);
    },
    close: () => closeSync(file),
  };
}
