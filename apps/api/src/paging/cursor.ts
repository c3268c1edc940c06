import { Follows } from '../validation/rule.js';
import { isInstant } from './instant.js';

/** Where a page ended: the creation time as PostgreSQL holds it, to the microsecond, and the id for equal times. */
export interface Position {
  readonly createdAt: string;
  readonly id: string;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Opaque to callers, so that what it holds can change. */
export function writeCursor({ createdAt, id }: Position): string {
  return Buffer.from(`${createdAt}/${id}`).toString('base64url');
}

/** The position a cursor stands for; undefined where it is none of ours. */
export function readCursor(cursor: string): Position | undefined {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const [createdAt = '', id = '', ...rest] = text.split('/');
  if (rest.length > 0 || !isInstant(createdAt) || !UUID.test(id)) return undefined;
  return writeCursor({ createdAt, id }) === cursor ? { createdAt, id } : undefined;
}

export const IsCursor = () =>
  Follows('isCursor', (value) =>
    typeof value === 'string' && readCursor(value) ? undefined : 'must be the next_cursor of an earlier page',
  );
