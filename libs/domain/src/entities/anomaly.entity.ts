import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { AnomalyKind } from '../orders/gateway-answer.js';
import { bySqlClock, optionalMoment, optionalText, text } from './columns.js';

/** Something the gateway said that contradicts our books: an operator must see it. */
@Entity('anomalies')
export class Anomaly {
  @PrimaryColumn({ type: 'uuid' }) id: string;
  @Column(text) kind: AnomalyKind;
  @Column(text) dedupeKey: string;
  @Column(optionalText) appId: string | null;
  @Column({ type: 'uuid', nullable: true }) paymentOrderId: string | null;
  @Column({ type: 'uuid', nullable: true }) refundOrderId: string | null;
  /** The late or second trade; the database reads it from the key. */
  @Column({ ...optionalText, insert: false, update: false }) tradeNo: string | null;
  @Column(text) detail: string;
  @Column(optionalText) source: string | null;
  @Column({ type: 'bytea', nullable: true }) raw: Buffer | null;
  @Column(optionalText) signedTextPrefix: string | null;
  @Column(optionalText) signature: string | null;
  @Column(optionalText) certificate: string | null;
  @Column(bySqlClock) createdAt: Date;
  @Column(optionalMoment) resolvedAt: Date | null;
  @Column(optionalText) resolution: string | null;
}
