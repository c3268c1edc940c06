import { hash, randomBytes } from 'node:crypto';

const PREFIX = 'lpk_';
/** Enough of a key to tell two apart, too little to guess the rest: 36 of its 256 bits. */
const HINT_LENGTH = PREFIX.length + 6;

/** A key as it is issued: `key` is shown once and never kept; `hash` and `hint` are what the books keep. */
export interface IssuedKey {
  readonly key: string;
  readonly hash: Buffer;
  readonly hint: string;
}

/** Makes a new API key: `lpk_` and 256 random bits in base64url. */
export function issueKey(): IssuedKey {
  const key = PREFIX + randomBytes(32).toString('base64url');
  return { key, hash: hashKey(key), hint: key.slice(0, HINT_LENGTH) };
}

/** {@link hashKey} in base64, for where it only has to be told apart: at every request. */
export function keyFingerprint(key: string): string {
  return hash('sha256', key, 'base64');
}

/**
 * The 32 bytes by which a key is kept and found: its SHA-256. A slow password hash would add nothing, since a key is
 * 256 random bits and not a word somebody chose.
 */
export function hashKey(key: string): Buffer {
  return Buffer.from(keyFingerprint(key), 'base64');
}
