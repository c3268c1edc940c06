import { ApiProperty } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { REFUND_STATUSES } from '#domain/orders/refund-moves.js';
import { ListQuery } from '../paging/list.query.js';
import { APP_ID_PATTERN, MERCHANT_ID_PATTERN } from '../payments/payment-order.dto.js';
import { IsAppId, IsFen, IsMerchantId, IsOneOf, IsReason, IsUuidText, MAX_AMOUNT_FEN } from '../validation/field-rules.js';

/** What a refund is made of. Left out and null are the same. */
export class CreateRefundOrder {
  @ApiProperty({ pattern: APP_ID_PATTERN, example: 'demo', description: "The key's own app." })
  @IsAppId()
  app_id: string;

  @ApiProperty({ format: 'uuid', description: 'The `id` of a payment order that succeeded.' })
  @IsUuidText()
  payment_order_id: string;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_AMOUNT_FEN, example: 500, description: 'In fen.' })
  @IsFen()
  amount: number;

  @ApiProperty({ type: 'string', required: false, nullable: true, maxLength: 200, example: 'Out of stock' })
  @IsOptional()
  @IsReason()
  reason?: string | null;

  @ApiProperty({
    type: 'string',
    required: false,
    nullable: true,
    pattern: MERCHANT_ID_PATTERN,
    description: 'Yours; unique in the app. Without one, an equal refund that is still under way is the same refund.',
  })
  @IsOptional()
  @IsMerchantId()
  merchant_refund_id?: string | null;
}

export class RefundOrderPath {
  @ApiProperty({ format: 'uuid' })
  @IsUuidText()
  refund_order_id: string;
}

export class RefundOrderListQuery extends ListQuery {
  @ApiProperty({ required: false, format: 'uuid' })
  @IsOptional()
  @IsUuidText()
  payment_order_id?: string;

  @ApiProperty({ required: false, pattern: MERCHANT_ID_PATTERN })
  @IsOptional()
  @IsMerchantId()
  merchant_refund_id?: string;

  @ApiProperty({ required: false, enum: REFUND_STATUSES })
  @IsOptional()
  @IsOneOf(REFUND_STATUSES)
  status?: string;
}
