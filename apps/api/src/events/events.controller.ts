import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { parseEntryId } from '#domain/streams/entry-id.js';
import { readEvents } from '#domain/streams/event-page.js';
import { ApiKeyGuard } from '../auth/api-key.guard.js';
import { CallerApp } from '../auth/caller.js';
import { RequireScope } from '../auth/require-scope.decorator.js';
import { ApiError } from '../http/problems.js';
import { Answers } from '../openapi/answers.decorator.js';
import { limitOf } from '../paging/list.query.js';
import { EventListView } from './event.view.js';
import { EventsQuery } from './events.query.js';

/** Reads PostgreSQL only, so it works while Redis is down. */
@ApiTags('events')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller('api/v1/events')
export class EventsController {
  constructor(private readonly dataSource: DataSource) {}

  @Get()
  @RequireScope('events:read')
  @ApiOperation({ summary: "The app's result events, in order" })
  @Answers({ status: 200, view: EventListView, refusals: ['events_expired'] })
  async list(@CallerApp() appId: string, @Query() query: EventsQuery): Promise<EventListView> {
    const after = query.after === undefined ? null : parseEntryId(query.after);
    const page = await readEvents(this.dataSource.manager, { appId, after, limit: limitOf(query) });
    if (page === 'expired') {
      throw new ApiError('events_expired', 'Events after this entry_id are no longer kept: begin again without after.');
    }
    return { data: page.data, next_after: page.nextAfter };
  }
}
