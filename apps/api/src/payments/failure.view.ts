import { ApiProperty } from '@nestjs/swagger';
import type { FailureCode } from '#domain/orders/gateway-answer.js';

const FAILURE_CODES = ['refused', 'expired', 'closed', 'cancelled'] as const satisfies readonly FailureCode[];

/** Why an order or refund failed. */
export class FailureView {
  @ApiProperty({ enum: FAILURE_CODES }) code: FailureCode;
  @ApiProperty({ description: 'For people; with the gateway’s own code and text where it spoke.' }) message: string;
}

/** Null unless it failed. */
export function failureOf(row: { failure_code: FailureCode | null; failure_message: string | null }): FailureView | null {
  return row.failure_code === null ? null : { code: row.failure_code, message: row.failure_message ?? '' };
}
