import { ApiProperty } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { PAYMENT_STATUSES } from '#domain/orders/payment-moves.js';
import { ListQuery } from '../paging/list.query.js';
import { IsExtraData } from '../validation/extra-data.rule.js';
import {
  IsAppId,
  IsCurrency,
  IsExpirySeconds,
  IsFen,
  IsMerchantId,
  IsOneOf,
  IsSubject,
  IsUuidText,
  MAX_AMOUNT_FEN,
} from '../validation/field-rules.js';

export const ORDER_TYPES = ['payment', 'recharge'] as const;
export const APP_ID_PATTERN = '^[A-Za-z0-9_.-]{1,64}$';
export const MERCHANT_ID_PATTERN = '^(?!\\.{1,2}$)[A-Za-z0-9_.:-]{1,64}$';

/** What an order is made of. Left out, null and the default are the same. */
export class CreatePaymentOrder {
  @ApiProperty({ pattern: APP_ID_PATTERN, example: 'demo', description: "The key's own app." })
  @IsAppId()
  app_id: string;

  @ApiProperty({ pattern: MERCHANT_ID_PATTERN, example: 'SALE-1001', description: 'Yours; unique in the app for ever.' })
  @IsMerchantId()
  merchant_order_id: string;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_AMOUNT_FEN, example: 1250, description: 'In fen.' })
  @IsFen()
  amount: number;

  @ApiProperty({ enum: ORDER_TYPES })
  @IsOneOf(ORDER_TYPES)
  order_type: (typeof ORDER_TYPES)[number];

  @ApiProperty({ minLength: 1, maxLength: 128, example: 'Two tickets', description: 'What the payer reads.' })
  @IsSubject()
  subject: string;

  @ApiProperty({ type: 'string', required: false, nullable: true, enum: ['CNY', null], default: 'CNY' })
  @IsOptional()
  @IsCurrency()
  currency?: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    selfRequired: false,
    nullable: true,
    description:
      'Your own data, at most 16 KiB and 8 levels, given back as it came. `return_url`: where the payer returns to. ' +
      '`payment_url` and `lakala_callback` are the service’s own and refused.',
    example: { return_url: 'https://shop.example/thanks' },
  })
  @IsOptional()
  @IsExtraData()
  extra_data?: Record<string, unknown> | null;

  @ApiProperty({ type: 'integer', minimum: 60, maximum: 604_200, default: 1800, required: false, nullable: true, description: 'Seconds.' })
  @IsOptional()
  @IsExpirySeconds()
  expires_in?: number | null;
}

export class ClosePaymentOrder {
  @ApiProperty({ pattern: APP_ID_PATTERN, example: 'demo', description: "The key's own app." })
  @IsAppId()
  app_id: string;
}

export class PaymentOrderPath {
  @ApiProperty({ pattern: MERCHANT_ID_PATTERN, example: 'SALE-1001' })
  @IsMerchantId()
  merchant_order_id: string;
}

export class OneAppQuery {
  @ApiProperty({ pattern: APP_ID_PATTERN, example: 'demo', description: "The key's own app." })
  @IsAppId()
  app_id: string;
}

export class PaymentOrderListQuery extends ListQuery {
  @ApiProperty({ required: false, format: 'uuid', description: 'The one order with this id.' })
  @IsOptional()
  @IsUuidText()
  id?: string;

  @ApiProperty({ required: false, enum: PAYMENT_STATUSES })
  @IsOptional()
  @IsOneOf(PAYMENT_STATUSES)
  status?: string;
}
