import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bySqlClock, text } from './columns.js';

/** What an operator did by `apps/admin`: who, what, to what. */
@Entity('operator_acts')
export class OperatorAct {
  @PrimaryColumn({ type: 'uuid' }) id: string;
  @Column(text) operator: string;
  @Column(text) act: string;
  @Column(text) target: string;
  @Column({ type: 'jsonb' }) detail: Record<string, unknown>;
  @Column(bySqlClock) createdAt: Date;
}
