import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { FailureCode } from '../orders/gateway-answer.js';
import type { RefundStatus } from '../orders/refund-moves.js';
import { bySqlClock, fen, optionalMoment, optionalText, text } from './columns.js';

/** A refund of a part or all of a payment. Its number at the gateway never changes, so it can be paid only once. */
@Entity('refund_orders')
export class RefundOrder {
  @PrimaryColumn({ type: 'uuid' }) id: string;
  @Column(text) appId: string;
  @Column({ type: 'uuid' }) paymentOrderId: string;
  @Column(text) originTradeNo: string;
  /** Where no app asked for it: the anomaly whose money it gives back. */
  @Column({ type: 'uuid', nullable: true }) anomalyId: string | null;
  @Column(optionalText) merchantRefundId: string | null;
  /** The 32 hex digits of `id`. */
  @Column(text) outTradeNo: string;
  @Column(text) status: RefundStatus;
  @Column(fen) amount: number;
  @Column(text) currency: string;
  @Column(optionalText) reason: string | null;
  @Column(optionalText) gatewayRefundId: string | null;
  /** Lakala's number of it in settlement files. */
  @Column(optionalText) logNo: string | null;
  /** As Lakala dates it, else when we heard of it. */
  @Column(optionalMoment) refundedAt: Date | null;
  @Column(optionalText) failureCode: FailureCode | null;
  @Column(optionalText) failureMessage: string | null;
  /** How often the request may have left us: counted and committed before each send. */
  @Column({ type: 'integer' }) sends: number;
  @Column(optionalMoment) lastSentAt: Date | null;
  @Column(optionalMoment) lastAskedAt: Date | null;
  @Column({ type: 'integer' }) unknownSinceSend: number;
  @Column(optionalText) gatewayState: string | null;
  @Column(optionalText) refusalCode: string | null;
  @Column({ type: 'integer' }) refusals: number;
  @Column({ type: 'integer' }) eventSeq: number;
  @Column(optionalMoment) dueAt: Date | null;
  @Column(optionalMoment) leasedUntil: Date | null;
  @Column({ type: 'integer' }) leaseNo: number;
  @Column({ type: 'integer' }) failures: number;
  @Column(optionalText) lastError: string | null;
  @Column(bySqlClock) createdAt: Date;
  @Column(bySqlClock) updatedAt: Date;
}
