import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { TaskPublisher } from '#domain/streams/task-publisher.js';
import { AcceptedOrders } from '../accepted-orders.js';
import { ApiError } from '../http/problems.js';
import { CURSOR_COLUMN, Conditions, pageOf, type Page, type PagedRow } from '../paging/page.js';
import type { PageRequest } from '../paging/list.query.js';
import type { CreatePaymentOrder } from './payment-order.dto.js';
import { PAYMENT_COLUMNS, type PaymentOrderRow } from './payment-order.row.js';
import { PaymentRows, type Terms } from './payment-rows.js';

const DEFAULT_EXPIRES_IN_SECONDS = 1800;

/** An order, and whether an earlier request had made it. */
export interface AcceptedPayment {
  readonly order: PaymentOrderRow;
  readonly replayed: boolean;
}

/** Accepts and shows payment orders. Whatever becomes of them is the processor's work. */
@Injectable()
export class PaymentOrders {
  constructor(
    private readonly dataSource: DataSource,
    private readonly rows: PaymentRows,
    private readonly tasks: TaskPublisher,
    private readonly accepted: AcceptedOrders,
  ) {}

  /** Makes the order or finds that it is there: the unique key decides between equal requests. */
  async create(appId: string, request: CreatePaymentOrder): Promise<AcceptedPayment> {
    const terms = termsOf(request);
    const created = await this.rows.insert(appId, request.merchant_order_id, terms);
    if (created) {
      this.accepted.add('payment', appId, request.amount);
      return { order: created, replayed: false };
    }
    const existing = await this.get(appId, request.merchant_order_id);
    const different = differences(existing, terms);
    if (different.length > 0) {
      throw new ApiError(
        'merchant_order_id_conflict',
        `merchant_order_id is taken by an order with another ${different.join(', ')}.`,
      );
    }
    return { order: existing, replayed: true };
  }

  /** Throws `payment_order_not_found` where this app has no such order. */
  async get(appId: string, merchantOrderId: string): Promise<PaymentOrderRow> {
    const row = await this.rows.find(appId, merchantOrderId);
    if (!row) throw new ApiError('payment_order_not_found', 'The app has no payment order with this merchant_order_id.');
    return row;
  }

  /** Asks for the order to be closed; the processor closes it at the gateway first. */
  async close(appId: string, merchantOrderId: string): Promise<PaymentOrderRow> {
    const [[asked]] = await this.dataSource.query<[PaymentOrderRow[], number]>(
      `UPDATE payment_orders SET close_requested_at = loomi_now(), due_at = loomi_now(), updated_at = loomi_now()
       WHERE app_id = $1 AND merchant_order_id = $2 AND status IN ('pending', 'processing') AND close_requested_at IS NULL
       RETURNING ${PAYMENT_COLUMNS}`,
      [appId, merchantOrderId],
    );
    if (asked) {
      void this.tasks.publish('payment_tasks', [asked.id]);
      return asked;
    }
    const existing = await this.get(appId, merchantOrderId);
    if (existing.status === 'succeeded') {
      throw new ApiError('payment_order_already_paid', 'The order is paid and cannot be closed: refund it instead.');
    }
    return existing;
  }

  async list(appId: string, filter: { id?: string; status?: string }, page: PageRequest): Promise<Page<PaymentOrderRow>> {
    const conditions = new Conditions('payment_orders', appId)
      .add('payment_orders.id = ?::uuid', filter.id)
      .add('payment_orders.status = ?', filter.status);
    const rows = await this.dataSource.query<(PaymentOrderRow & PagedRow)[]>(
      `SELECT ${PAYMENT_COLUMNS}, ${CURSOR_COLUMN('payment_orders')} FROM payment_orders ${conditions.paged(page)}`,
      conditions.parameters,
    );
    return pageOf(rows, page.limit, (row) => row);
  }
}

function termsOf(request: CreatePaymentOrder): Terms {
  return {
    order_type: request.order_type,
    amount: String(request.amount),
    currency: request.currency ?? 'CNY',
    subject: request.subject,
    extra_data: request.extra_data ?? {},
    expires_in: request.expires_in ?? DEFAULT_EXPIRES_IN_SECONDS,
  };
}

function differences(existing: Terms, asked: Terms): string[] {
  // Through JSON once, since that is how it was kept: -0 becomes 0.
  const kept: Terms = { ...asked, extra_data: JSON.parse(JSON.stringify(asked.extra_data)) as Record<string, unknown> };
  return (Object.keys(kept) as (keyof Terms)[]).filter((name) => !isDeepStrictEqual(existing[name], kept[name]));
}
