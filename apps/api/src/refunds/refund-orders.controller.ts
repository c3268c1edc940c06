import { Body, Controller, Get, HttpCode, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiKeyGuard } from '../auth/api-key.guard.js';
import { CallerApp } from '../auth/caller.js';
import { RequireScope } from '../auth/require-scope.decorator.js';
import { markReplay } from '../http/replay-header.js';
import { Answers } from '../openapi/answers.decorator.js';
import { pageRequestOf } from '../paging/list.query.js';
import { OneAppQuery } from '../payments/payment-order.dto.js';
import { CreateRefundOrder, RefundOrderListQuery, RefundOrderPath } from './refund-order.dto.js';
import { RefundOrderListView, RefundOrderView, viewRefundOrder } from './refund-order.view.js';
import { RefundOrders } from './refund-orders.js';

@ApiTags('refund orders')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller('api/v1/refund-orders')
export class RefundOrdersController {
  constructor(private readonly refunds: RefundOrders) {}

  @Post()
  @HttpCode(202)
  @RequireScope('refunds:write')
  @ApiOperation({ summary: 'Refund a part or all of a payment', description: 'The same request again gives the same refund.' })
  @Answers({
    status: 202,
    view: RefundOrderView,
    replayable: true,
    body: true,
    refusals: [
      'payment_order_not_found',
      'payment_order_not_refundable',
      'refund_exceeds_refundable',
      'merchant_refund_id_conflict',
    ],
  })
  async create(
    @CallerApp() appId: string,
    @Body() body: CreateRefundOrder,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RefundOrderView> {
    const { refund, replayed } = await this.refunds.create(appId, body);
    markReplay(reply, replayed);
    reply.request.about = { orderId: refund.id, isFirst: !replayed };
    return viewRefundOrder(refund);
  }

  @Get()
  @RequireScope('refunds:read')
  @ApiOperation({ summary: 'List refund orders, newest first' })
  @Answers({ status: 200, view: RefundOrderListView })
  async list(@CallerApp() appId: string, @Query() query: RefundOrderListQuery): Promise<RefundOrderListView> {
    const { data, nextCursor } = await this.refunds.list(appId, query, pageRequestOf(query));
    return { data: data.map(viewRefundOrder), next_cursor: nextCursor };
  }

  @Get(':refund_order_id')
  @RequireScope('refunds:read')
  @ApiOperation({ summary: 'Show a refund order' })
  @Answers({ status: 200, view: RefundOrderView, refusals: ['refund_order_not_found'] })
  async show(
    @CallerApp() appId: string,
    @Param() path: RefundOrderPath,
    @Query() _query: OneAppQuery,
  ): Promise<RefundOrderView> {
    return viewRefundOrder(await this.refunds.get(appId, path.refund_order_id));
  }
}
