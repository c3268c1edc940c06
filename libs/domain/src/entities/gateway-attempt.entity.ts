import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { AttemptState } from '../orders/resolve-payment.js';
import { bySqlClock, fen, optionalMoment, optionalText, text } from './columns.js';

/** One try to get a page for an order, under an order number of its own at the gateway. */
@Entity('gateway_attempts')
export class GatewayAttempt {
  @PrimaryColumn({ type: 'uuid' }) id: string;
  @Column({ type: 'uuid' }) paymentOrderId: string;
  /** The 32 hex digits of `id`. */
  @Column(text) outOrderNo: string;
  @Column(text) state: AttemptState;
  /** Nothing more is to be asked about it. */
  @Column({ type: 'boolean' }) over: boolean;
  /** The account it was submitted with: a later change of configuration never touches it. */
  @Column(text) merchantNo: string;
  @Column(text) termNo: string;
  @Column(fen) amount: number;
  @Column(optionalText) payOrderNo: string | null;
  @Column({ type: 'boolean', nullable: true }) refusalDefinite: boolean | null;
  @Column(optionalText) refusalCode: string | null;
  @Column(optionalText) refusalMessage: string | null;
  @Column(optionalMoment) lastInquiredAt: Date | null;
  @Column(optionalMoment) hintedAt: Date | null;
  @Column(optionalText) lastError: string | null;
  @Column(bySqlClock) begunAt: Date;
}
