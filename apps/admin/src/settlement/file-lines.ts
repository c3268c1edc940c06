import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { MalformedFile } from './malformed-file.js';

/** A line of twenty cells has some 400 characters; what never ends must not fill the memory. */
const LONGEST_LINE = 8_192;

export const ENCODINGS = ['utf-8', 'gb18030'] as const;
export type Encoding = (typeof ENCODINGS)[number];

export interface FileLine {
  lineNo: number;
  text: string;
}

/** The file's lines as they stream in, with their numbers from 1 on; empty ones at its end are left out. */
export async function* linesOf(path: string, encoding: Encoding): AsyncGenerator<FileLine> {
  let lineNo = 0;
  let blank: number | null = null;
  for await (const text of rawLines(path, encoding)) {
    lineNo += 1;
    if (text.trim() === '') {
      blank ??= lineNo;
      continue;
    }
    if (blank !== null) throw new MalformedFile(path, blank, 'is empty, and lines follow');
    yield { lineNo, text };
  }
}

async function* rawLines(path: string, encoding: Encoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let lineNo = 0;
  let rest = '';
  for await (const chunk of chunksOf(path)) {
    const pieces = (rest + decoded(chunk)).split('\n');
    rest = pieces.pop() ?? '';
    for (const piece of pieces) {
      const line = withinLimit(piece);
      lineNo += 1;
      yield line;
    }
    withinLimit(rest);
  }
  rest += decoded(undefined);
  if (rest !== '') yield withinLimit(rest);

  function decoded(chunk: Buffer | undefined): string {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch {
      throw new MalformedFile(path, lineNo + 1, `this line or one soon after it is not ${encoding} text`);
    }
  }

  function withinLimit(line: string): string {
    if (line.length > LONGEST_LINE) throw new MalformedFile(path, lineNo + 1, `is longer than ${LONGEST_LINE} characters`);
    return line;
  }
}

/** SHA-256 of the whole file. */
export async function digestOf(path: string): Promise<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of chunksOf(path)) hash.update(chunk);
  return hash.digest();
}

async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(path)) yield chunk as Buffer;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new MalformedFile(path, null, `cannot be read (${code})`);
  }
}
