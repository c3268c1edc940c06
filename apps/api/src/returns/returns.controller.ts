import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { ApiError } from '../http/problems.js';
import { Redirects } from '../openapi/answers.decorator.js';
import { IsUuidText } from '../validation/field-rules.js';

export class ReturnPath {
  @ApiProperty({ format: 'uuid' })
  @IsUuidText()
  id: string;
}

/**
 * The short address of an order's `return_url`, for those that Lakala cannot hold: there, and nowhere else. Its id is that
 * of the attempt at the gateway, which only the payer of this order sees.
 */
@ApiTags('payers')
@Controller('r')
export class ReturnsController {
  constructor(private readonly dataSource: DataSource) {}

  @Get(':id')
  @ApiOperation({ summary: "Send the payer back to the order's return_url", description: 'No key: payers come here.' })
  @Redirects()
  async return(@Param() path: ReturnPath, @Res() reply: FastifyReply): Promise<void> {
    const [order] = await this.dataSource.query<{ return_url: unknown }[]>(
      `SELECT o.extra_data->'return_url' AS return_url
       FROM gateway_attempts a JOIN payment_orders o ON o.id = a.payment_order_id WHERE a.id = $1::uuid`,
      [path.id],
    );
    if (typeof order?.return_url !== 'string') throw new ApiError('not_found', 'There is nowhere to return to.');
    const headers = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };
    // As a URL again, since a header takes ASCII only.
    void reply.headers(headers).redirect(new URL(order.return_url).href, 302);
  }
}
