import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { LatePaymentChoice } from '../orders/late-payment.js';
import { bySqlClock, optionalText, text } from './columns.js';

/** A main app that takes payments through this service. */
@Entity('apps')
export class App {
  @PrimaryColumn({ type: 'text' }) appId: string;
  /** Its own merchant at Lakala; null: the configured one. Together with `termNo`. */
  @Column(optionalText) merchantNo: string | null;
  @Column(optionalText) termNo: string | null;
  /** Its events also go to streams that only it reads. */
  @Column({ type: 'boolean', default: false }) ownStreams: boolean;
  @Column(text) latePayment: LatePaymentChoice;
  @Column(bySqlClock) createdAt: Date;
}
