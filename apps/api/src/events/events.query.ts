import { ApiProperty } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { parseEntryId } from '#domain/streams/entry-id.js';
import { IsLimit } from '../paging/list.query.js';
import { APP_ID_PATTERN } from '../payments/payment-order.dto.js';
import { IsAppId } from '../validation/field-rules.js';
import { Follows } from '../validation/rule.js';

const IsEntryId = () =>
  Follows('isEntryId', (value) =>
    typeof value === 'string' && parseEntryId(value) ? undefined : 'must be an entry_id such as 1733221800000-0',
  );

export class EventsQuery {
  @ApiProperty({ pattern: APP_ID_PATTERN, example: 'demo', description: "The key's own app." })
  @IsAppId()
  app_id: string;

  @ApiProperty({ required: false, example: '1733221800000-0', description: 'Left out: from the oldest event kept.' })
  @IsOptional()
  @IsEntryId()
  after?: string;

  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: 200, default: 50 })
  @IsOptional()
  @IsLimit()
  limit?: string;
}
