import { ApiProperty } from '@nestjs/swagger';

/** What Lakala wants to hear: SUCCESS ends its retries, FAIL asks for more. */
export class AcknowledgementView {
  @ApiProperty({ enum: ['SUCCESS', 'FAIL'] }) code: 'SUCCESS' | 'FAIL';
  @ApiProperty() message: string;
}
