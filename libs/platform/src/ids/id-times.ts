import { NIL, v7 as uuidv7, version } from 'uuid';

const NOTHING_RANDOM = new Uint8Array(16);

/** The moment a UUIDv7 was made at, in milliseconds since 1970; undefined of any other UUID. */
export function timeOfId(id: string): number | undefined {
  return version(id) === 7 ? parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : undefined;
}

/** No UUIDv7 that was made at this moment (milliseconds since 1970) or later is less than it. */
export function leastIdSince(ms: number): string {
  return ms <= 0 ? NIL : uuidv7({ msecs: ms, seq: 0, random: NOTHING_RANDOM });
}
