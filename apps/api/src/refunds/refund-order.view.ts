import { ApiProperty } from '@nestjs/swagger';
import { REFUND_STATUSES, type RefundStatus } from '#domain/orders/refund-moves.js';
import { toSafeInteger } from '#platform/postgres/safe-integer.js';
import { instant } from '../paging/instant.js';
import { failureOf, FailureView } from '../payments/failure.view.js';
import { MAX_AMOUNT_FEN } from '../validation/field-rules.js';
import type { RefundOrderRow } from './refund-order.row.js';

export class RefundOrderView {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty() app_id: string;
  @ApiProperty({ format: 'uuid' }) payment_order_id: string;
  @ApiProperty() merchant_order_id: string;
  @ApiProperty({ type: 'string', nullable: true }) merchant_refund_id: string | null;
  @ApiProperty({ enum: REFUND_STATUSES }) status: RefundStatus;
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_AMOUNT_FEN, description: 'In fen.' }) amount: number;
  @ApiProperty({ enum: ['CNY'] }) currency: string;
  @ApiProperty({ type: 'string', nullable: true }) reason: string | null;
  @ApiProperty({ type: 'string', nullable: true, description: 'The trade_no of the refund.' })
  gateway_refund_id: string | null;
  @ApiProperty({ type: 'object', additionalProperties: false, description: 'Empty.' }) extra_data: Record<string, never>;
  @ApiProperty({ type: () => FailureView, nullable: true }) failure: FailureView | null;
  @ApiProperty({ format: 'date-time' }) created_at: string;
  @ApiProperty({ format: 'date-time' }) updated_at: string;
}

export class RefundOrderListView {
  @ApiProperty({ type: [RefundOrderView] }) data: readonly RefundOrderView[];
  @ApiProperty({ type: 'string', nullable: true, description: 'Null on the last page.' }) next_cursor: string | null;
}

/** Written field by field, so that a new column is never published by accident. */
export function viewRefundOrder(row: RefundOrderRow): RefundOrderView {
  return {
    id: row.id,
    app_id: row.app_id,
    payment_order_id: row.payment_order_id,
    merchant_order_id: row.merchant_order_id,
    merchant_refund_id: row.merchant_refund_id,
    status: row.status,
    amount: toSafeInteger(row.amount),
    currency: row.currency,
    reason: row.reason,
    gateway_refund_id: row.gateway_refund_id,
    extra_data: {},
    failure: failureOf(row),
    created_at: instant(row.created_at),
    updated_at: instant(row.updated_at),
  };
}
