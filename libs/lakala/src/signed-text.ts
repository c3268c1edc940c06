/**
 * The exact bytes that are signed: each line, then the raw body, every one followed by a line feed
 * (Lakala protocol notes, docs/lakala.md, "Signatures").
 */
export function signedText(lines: readonly string[], body: Uint8Array | string): Buffer {
  return Buffer.concat([Buffer.from(lines.map((line) => `${line}\n`).join('')), Buffer.from(body), Buffer.from('\n')]);
}

/**
 * Whether a value may stand on a signed line. A line feed inside it would let bytes wander between line and body
 * under one signature, and a quote would end its attribute early.
 */
export function isSignedValue(value: string): boolean {
  return /^[\x21\x23-\x7e]{1,256}$/.test(value);
}

/** Whether a value is a Unix time in seconds: digits only, so an answer's lines can't pass for a notification's. */
export function isUnixSeconds(value: string): boolean {
  return /^\d{1,12}$/.test(value);
}
