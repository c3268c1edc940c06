import { Body, Controller, Get, HttpCode, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiKeyGuard } from '../auth/api-key.guard.js';
import { CallerApp } from '../auth/caller.js';
import { RequireScope } from '../auth/require-scope.decorator.js';
import { markReplay } from '../http/replay-header.js';
import { Answers } from '../openapi/answers.decorator.js';
import { pageRequestOf } from '../paging/list.query.js';
import {
  ClosePaymentOrder,
  CreatePaymentOrder,
  OneAppQuery,
  PaymentOrderListQuery,
  PaymentOrderPath,
} from './payment-order.dto.js';
import { PaymentOrderListView, PaymentOrderView, viewPaymentOrder } from './payment-order.view.js';
import { PaymentOrders } from './payment-orders.js';

@ApiTags('payment orders')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller('api/v1/payment-orders')
export class PaymentOrdersController {
  constructor(private readonly orders: PaymentOrders) {}

  @Post()
  @HttpCode(202)
  @RequireScope('payments:write')
  @ApiOperation({ summary: 'Create a payment order', description: 'The same request again gives the same order.' })
  @Answers({ status: 202, view: PaymentOrderView, replayable: true, body: true, refusals: ['merchant_order_id_conflict'] })
  async create(
    @CallerApp() appId: string,
    @Body() body: CreatePaymentOrder,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PaymentOrderView> {
    const { order, replayed } = await this.orders.create(appId, body);
    markReplay(reply, replayed);
    reply.request.about = { orderId: order.id, isFirst: !replayed };
    return viewPaymentOrder(order);
  }

  @Get()
  @RequireScope('payments:read')
  @ApiOperation({ summary: 'List payment orders, newest first' })
  @Answers({ status: 200, view: PaymentOrderListView })
  async list(@CallerApp() appId: string, @Query() query: PaymentOrderListQuery): Promise<PaymentOrderListView> {
    const { data, nextCursor } = await this.orders.list(appId, query, pageRequestOf(query));
    return { data: data.map(viewPaymentOrder), next_cursor: nextCursor };
  }

  @Get(':merchant_order_id')
  @RequireScope('payments:read')
  @ApiOperation({ summary: 'Show a payment order' })
  @Answers({ status: 200, view: PaymentOrderView, refusals: ['payment_order_not_found'] })
  async show(
    @CallerApp() appId: string,
    @Param() path: PaymentOrderPath,
    @Query() _query: OneAppQuery,
  ): Promise<PaymentOrderView> {
    return viewPaymentOrder(await this.orders.get(appId, path.merchant_order_id));
  }

  @Post(':merchant_order_id/close')
  @HttpCode(202)
  @RequireScope('payments:write')
  @ApiOperation({ summary: 'Ask for a payment order to be closed' })
  @Answers({
    status: 202,
    view: PaymentOrderView,
    body: true,
    refusals: ['payment_order_not_found', 'payment_order_already_paid'],
  })
  async close(
    @CallerApp() appId: string,
    @Param() path: PaymentOrderPath,
    @Body() _body: ClosePaymentOrder,
  ): Promise<PaymentOrderView> {
    return viewPaymentOrder(await this.orders.close(appId, path.merchant_order_id));
  }
}
