import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { TaskPublisher } from '#domain/streams/task-publisher.js';
import { AcceptedOrders } from '../accepted-orders.js';
import { ApiError } from '../http/problems.js';
import { CURSOR_COLUMN, Conditions, pageOf, type Page, type PagedRow } from '../paging/page.js';
import type { PageRequest } from '../paging/list.query.js';
import { acceptRefund, type AcceptedRefund } from './accept-refund.js';
import type { CreateRefundOrder, RefundOrderListQuery } from './refund-order.dto.js';
import { findRefund, REFUND_COLUMNS, REFUNDS_WITH_PAYMENTS, type RefundOrderRow } from './refund-order.row.js';

// One round finds what won the race; a second one is for a refund that ended in between.
const MAX_ROUNDS = 3;
const UNIQUE_VIOLATION = '23505';

/** Accepts and shows refund orders. The money moves in the processor. */
@Injectable()
export class RefundOrders {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tasks: TaskPublisher,
    private readonly accepted: AcceptedOrders,
  ) {}

  async create(appId: string, request: CreateRefundOrder): Promise<AcceptedRefund> {
    const made = await this.acceptOnce(appId, request);
    if (made.replayed) return made;
    this.accepted.add('refund', appId, request.amount);
    void this.tasks.publish('refund_tasks', [made.refund.id]);
    return made;
  }

  /** Throws `refund_order_not_found` where this app has no such refund. */
  async get(appId: string, id: string): Promise<RefundOrderRow> {
    const row = await findRefund(this.dataSource.manager, appId, 'r.id = $2::uuid', [id]);
    if (!row) throw new ApiError('refund_order_not_found', 'The app has no refund order with this id.');
    return row;
  }

  async list(appId: string, filter: RefundOrderListQuery, page: PageRequest): Promise<Page<RefundOrderRow>> {
    const conditions = new Conditions('r', appId)
      .add('r.payment_order_id = ?::uuid', filter.payment_order_id)
      .add('r.merchant_refund_id = ?', filter.merchant_refund_id)
      .add('r.status = ?', filter.status);
    const rows = await this.dataSource.query<(RefundOrderRow & PagedRow)[]>(
      `SELECT ${REFUND_COLUMNS}, ${CURSOR_COLUMN('r')} FROM ${REFUNDS_WITH_PAYMENTS} ${conditions.paged(page)}`,
      conditions.parameters,
    );
    return pageOf(rows, page.limit, (row) => row);
  }

  /** One merchant_refund_id for two payments at once meets the unique key, and finds the winner in the next round. */
  private async acceptOnce(appId: string, request: CreateRefundOrder, round = 1): Promise<AcceptedRefund> {
    try {
      return await this.dataSource.transaction((em) => acceptRefund(em, appId, request));
    } catch (error) {
      if (!isUniqueViolation(error) || round >= MAX_ROUNDS) throw error;
      return this.acceptOnce(appId, request, round + 1);
    }
  }
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION;
}
