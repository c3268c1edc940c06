import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';

/** As on the stream: every value is text, and what is null is the empty string. */
export class PaymentEventView {
  @ApiProperty() entry_id: string;
  @ApiProperty({ format: 'uuid', description: 'The same at a redelivery.' }) event_id: string;
  @ApiProperty({ enum: ['payment_status_changed'] }) event_type: string;
  @ApiProperty({ format: 'uuid' }) payment_order_id: string;
  @ApiProperty() app_id: string;
  @ApiProperty() merchant_order_id: string;
  @ApiProperty() order_type: string;
  @ApiProperty() old_status: string;
  @ApiProperty() new_status: string;
  @ApiProperty() gateway_transaction_id: string;
  @ApiProperty({ pattern: '^\\d+$' }) amount: string;
  @ApiProperty() failure_code: string;
  @ApiProperty({ format: 'date-time' }) timestamp: string;
}

export class RefundEventView {
  @ApiProperty() entry_id: string;
  @ApiProperty({ format: 'uuid', description: 'The same at a redelivery.' }) event_id: string;
  @ApiProperty({ enum: ['refund_status_changed'] }) event_type: string;
  @ApiProperty({ format: 'uuid' }) refund_order_id: string;
  @ApiProperty({ format: 'uuid' }) payment_order_id: string;
  @ApiProperty() app_id: string;
  @ApiProperty() merchant_order_id: string;
  @ApiProperty() merchant_refund_id: string;
  @ApiProperty() old_status: string;
  @ApiProperty() new_status: string;
  @ApiProperty() gateway_refund_id: string;
  @ApiProperty({ pattern: '^\\d+$' }) amount: string;
  @ApiProperty() failure_code: string;
  @ApiProperty({ format: 'date-time' }) timestamp: string;
}

@ApiExtraModels(PaymentEventView, RefundEventView)
export class EventListView {
  @ApiProperty({
    type: 'array',
    items: { oneOf: [{ $ref: getSchemaPath(PaymentEventView) }, { $ref: getSchemaPath(RefundEventView) }] },
  })
  data: readonly Readonly<Record<string, string>>[];

  @ApiProperty({ type: 'string', nullable: true, description: 'The `after` of the next page; null while there never was an event.' })
  next_after: string | null;
}
