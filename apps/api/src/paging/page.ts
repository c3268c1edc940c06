import { writeCursor } from './cursor.js';
import type { PageRequest } from './list.query.js';

/** One page of a list, newest first; `nextCursor` is null on the last. */
export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

/** What a row needs for the next page to begin after it: `cursor_at` is its creation time to the microsecond. */
export interface PagedRow {
  readonly id: string;
  readonly cursor_at: string;
}

/** The select-list entry that fills `cursor_at`. */
export const CURSOR_COLUMN = (table: string) =>
  `to_char(${table}.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS cursor_at`;

/** The conditions of a list and their parameters, `$1` being the app. */
export class Conditions {
  readonly parameters: unknown[];
  private readonly parts: string[];

  constructor(private readonly table: string, appId: string) {
    this.parameters = [appId];
    this.parts = [`${table}.app_id = $1`];
  }

  /** `sql` names the parameter as `?`; a value left out adds nothing. */
  add(sql: string, value: string | undefined): this {
    if (value === undefined) return this;
    this.parameters.push(value);
    this.parts.push(sql.replace('?', `$${this.parameters.length}`));
    return this;
  }

  /** One row more than the page holds is read, which tells whether there is a next page. */
  paged({ after, createdFrom, createdTo, limit }: PageRequest): string {
    const { table } = this;
    this.add(`${table}.created_at >= ?::timestamptz`, createdFrom).add(`${table}.created_at < ?::timestamptz`, createdTo);
    if (after) {
      this.parameters.push(after.createdAt, after.id);
      const last = this.parameters.length;
      this.parts.push(`(${table}.created_at, ${table}.id) < ($${last - 1}::timestamptz, $${last}::uuid)`);
    }
    this.parameters.push(limit + 1);
    return `WHERE ${this.parts.join(' AND ')} ORDER BY ${table}.created_at DESC, ${table}.id DESC LIMIT $${this.parameters.length}`;
  }
}

/** Cuts the extra row off and points to it. */
export function pageOf<R extends PagedRow, T>(rows: readonly R[], limit: number, view: (row: R) => T): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { data: shown.map(view), nextCursor: hasMore ? writeCursor({ createdAt: last.cursor_at, id: last.id }) : null };
}
