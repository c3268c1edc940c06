import { ApiProperty } from '@nestjs/swagger';
import type { LakalaCallback } from '#domain/entities/payment-order.entity.js';
import { PAYMENT_STATUSES, type PaymentStatus } from '#domain/orders/payment-moves.js';
import { toSafeInteger } from '#platform/postgres/safe-integer.js';
import { instant, optionalInstant } from '../paging/instant.js';
import { MAX_AMOUNT_FEN } from '../validation/field-rules.js';
import { failureOf, FailureView } from './failure.view.js';
import { ORDER_TYPES } from './payment-order.dto.js';
import type { PaymentOrderRow } from './payment-order.row.js';

/** What Lakala last said of the payer's attempts; never who the payer is. */
export class LakalaCallbackView implements LakalaCallback {
  @ApiProperty({ enum: ['S', 'F'] }) payStatus: 'S' | 'F';
  @ApiProperty({ format: 'date-time' }) timestamp: string;
  @ApiProperty({ type: 'string', nullable: true }) trade_no: string | null;
  @ApiProperty({ type: 'string', nullable: true }) log_no: string | null;
  @ApiProperty({ type: 'string', nullable: true }) acc_trade_no: string | null;
  @ApiProperty({ type: 'string', nullable: true }) pay_mode: string | null;
  @ApiProperty({ type: 'string', nullable: true }) trade_time: string | null;
  @ApiProperty({ type: 'integer', nullable: true }) payer_amount: number | null;
  @ApiProperty({ type: 'integer', nullable: true }) total_amount: number | null;
}

export class PaymentOrderView {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty() app_id: string;
  @ApiProperty() merchant_order_id: string;
  @ApiProperty({ enum: PAYMENT_STATUSES }) status: PaymentStatus;
  @ApiProperty({ enum: ORDER_TYPES }) order_type: (typeof ORDER_TYPES)[number];
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_AMOUNT_FEN, description: 'In fen.' }) amount: number;
  @ApiProperty({ enum: ['CNY'] }) currency: string;
  @ApiProperty({ enum: ['lakala'] }) payment_gateway: 'lakala';
  @ApiProperty({ type: 'string', nullable: true, description: 'The trade_no of the trade that paid.' })
  gateway_transaction_id: string | null;
  @ApiProperty() subject: string;
  @ApiProperty({ type: () => PaymentExtraDataView }) extra_data: Record<string, unknown>;
  @ApiProperty({ format: 'date-time' }) created_at: string;
  @ApiProperty({ format: 'date-time' }) updated_at: string;
  @ApiProperty({ format: 'date-time' }) expires_at: string;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true }) paid_at: string | null;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true }) close_requested_at: string | null;
  @ApiProperty({ type: 'integer', minimum: 0, description: 'In fen; the refunds that succeeded.' }) refunded_amount: number;
  @ApiProperty({ type: () => FailureView, nullable: true }) failure: FailureView | null;
}

/** The caller's own data, and what the service adds to it. */
export class PaymentExtraDataView {
  @ApiProperty({
    required: false,
    format: 'uri',
    description: 'The page for the payer: only while processing, unexpired and not asked to close.',
  })
  payment_url?: string;

  @ApiProperty({ required: false, type: () => LakalaCallbackView }) lakala_callback?: LakalaCallbackView;
}

export class PaymentOrderListView {
  @ApiProperty({ type: [PaymentOrderView] }) data: readonly PaymentOrderView[];
  @ApiProperty({ type: 'string', nullable: true, description: 'Null on the last page.' }) next_cursor: string | null;
}

/** Written field by field, so that a new column is never published by accident. */
export function viewPaymentOrder(row: PaymentOrderRow): PaymentOrderView {
  return {
    id: row.id,
    app_id: row.app_id,
    merchant_order_id: row.merchant_order_id,
    status: row.status,
    order_type: row.order_type,
    amount: toSafeInteger(row.amount),
    currency: row.currency,
    payment_gateway: 'lakala',
    gateway_transaction_id: row.gateway_transaction_id,
    subject: row.subject,
    extra_data: {
      ...row.extra_data,
      ...(row.payment_url === null ? {} : { payment_url: row.payment_url }),
      ...(row.lakala_callback === null ? {} : { lakala_callback: viewCallback(row.lakala_callback) }),
    },
    created_at: instant(row.created_at),
    updated_at: instant(row.updated_at),
    expires_at: instant(row.expires_at),
    paid_at: optionalInstant(row.paid_at),
    close_requested_at: optionalInstant(row.close_requested_at),
    refunded_amount: toSafeInteger(row.refunded_amount),
    failure: failureOf(row),
  };
}

function viewCallback(callback: LakalaCallback): LakalaCallbackView {
  return {
    payStatus: callback.payStatus,
    timestamp: callback.timestamp,
    trade_no: callback.trade_no,
    log_no: callback.log_no,
    acc_trade_no: callback.acc_trade_no,
    pay_mode: callback.pay_mode,
    trade_time: callback.trade_time,
    payer_amount: callback.payer_amount,
    total_amount: callback.total_amount,
  };
}
