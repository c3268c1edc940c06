import { ApiProperty } from '@nestjs/swagger';
import { PROBLEMS, type ErrorCode, type FieldProblem, type Problem } from '../http/problems.js';

export class FieldProblemView implements FieldProblem {
  @ApiProperty({ example: 'amount' }) field: string;
  @ApiProperty({ example: 'must be an integer number of fen, 1 to 9999999999' }) message: string;
}

/** RFC 9457. */
export class ProblemView implements Problem {
  @ApiProperty({ format: 'uri' }) type: string;
  @ApiProperty() title: string;
  @ApiProperty({ type: 'integer' }) status: number;
  @ApiProperty({ description: 'One sentence a human can act on.' }) detail: string;
  @ApiProperty({ enum: Object.keys(PROBLEMS), description: 'Stable: what a program may branch on.' }) code: ErrorCode;
  @ApiProperty({ description: 'As in the header X-Request-Id.' }) request_id: string;
}

/** A 400: with everything that was found wrong. */
export class InvalidRequestView extends ProblemView {
  @ApiProperty({ type: [FieldProblemView], minItems: 1 }) errors: readonly FieldProblemView[];
}
