import { ApiProperty } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { IsAppId } from '../validation/field-rules.js';
import { Follows } from '../validation/rule.js';
import { IsCursor, readCursor, type Position } from './cursor.js';
import { IsInstant } from './instant.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

export const IsLimit = () =>
  Follows('isLimit', (value) => {
    const isGood = typeof value === 'string' && /^[1-9]\d{0,2}$/.test(value) && Number(value) <= MAX_LIMIT;
    return isGood ? undefined : `must be an integer, 1 to ${MAX_LIMIT}`;
  });

/** How many a page holds, from the query's text. */
export function limitOf(query: { limit?: string }): number {
  return query.limit === undefined ? DEFAULT_LIMIT : Number(query.limit);
}

/** What every list can be narrowed by. A query is text: numbers in it are checked as such and converted when used. */
export class ListQuery {
  @ApiProperty({ example: 'demo', description: "The key's own app." })
  @IsAppId()
  app_id: string;

  @ApiProperty({ required: false, format: 'date-time', description: 'Created at this time or later.' })
  @IsOptional()
  @IsInstant()
  created_from?: string;

  @ApiProperty({ required: false, format: 'date-time', description: 'Created before this time.' })
  @IsOptional()
  @IsInstant()
  created_to?: string;

  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT })
  @IsOptional()
  @IsLimit()
  limit?: string;

  @ApiProperty({ required: false, description: 'The next_cursor of the page before.' })
  @IsOptional()
  @IsCursor()
  cursor?: string;
}

/** The limits of one page, read from the query. */
export interface PageRequest {
  readonly limit: number;
  readonly after: Position | undefined;
  readonly createdFrom: string | undefined;
  readonly createdTo: string | undefined;
}

export function pageRequestOf(query: ListQuery): PageRequest {
  return {
    limit: limitOf(query),
    after: query.cursor === undefined ? undefined : readCursor(query.cursor),
    createdFrom: query.created_from,
    createdTo: query.created_to,
  };
}
