import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Decision } from '../orders/anomaly-resolutions.js';
import { bySqlClock, moment, optionalMoment, optionalText, text } from './columns.js';

/** What was decided about an anomaly, by an operator or by the choice its app had made, and what came of it. */
@Entity('decisions')
export class StoredDecision {
  @PrimaryColumn({ type: 'uuid' }) id: string;
  @Column({ type: 'uuid' }) anomalyId: string;
  @Column(text) decision: Decision;
  /** Null where it is the app's choice as it stood. */
  @Column({ type: 'uuid', nullable: true }) operatorActId: string | null;
  /** Of a refund that succeeded: its number at the gateway, as the operator found it there. */
  @Column(optionalText) gatewayRefundId: string | null;
  @Column(bySqlClock) createdAt: Date;
  @Column(moment) dueAt: Date;
  @Column(optionalMoment) carriedOutAt: Date | null;
  @Column(optionalText) result: string | null;
  @Column({ type: 'integer' }) failures: number;
  @Column(optionalText) lastError: string | null;
}
