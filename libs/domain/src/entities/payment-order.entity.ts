import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { FailureCode } from '../orders/gateway-answer.js';
import type { PaymentStatus } from '../orders/payment-moves.js';
import { bySqlClock, fen, moment, optionalMoment, optionalText, text } from './columns.js';

export type OrderType = 'payment' | 'recharge';

/** What the gateway last said of the payer's attempts, as apps see it in `extra_data.lakala_callback`. */
export interface LakalaCallback {
  payStatus: 'S' | 'F';
  /** ISO, UTC: the time the message is signed with. */
  timestamp: string;
  trade_no: string | null;
  log_no: string | null;
  acc_trade_no: string | null;
  pay_mode: string | null;
  trade_time: string | null;
  payer_amount: number | null;
  total_amount: number | null;
}

/** A payment order of an app: what was agreed, where it stands, and who has to look at it when. */
@Entity('payment_orders')
export class PaymentOrder {
  @PrimaryColumn({ type: 'uuid' }) id: string;
  @Column(text) appId: string;
  @Column(text) merchantOrderId: string;
  @Column(text) status: PaymentStatus;
  @Column(text) orderType: OrderType;
  @Column(fen) amount: number;
  @Column(text) currency: string;
  @Column(text) subject: string;
  @Column({ type: 'jsonb' }) extraData: Record<string, unknown>;
  /** Seconds, as asked for: part of what an equal request must equal. */
  @Column({ type: 'integer' }) expiresIn: number;
  @Column(moment) expiresAt: Date;
  @Column(optionalMoment) closeRequestedAt: Date | null;
  @Column(optionalText) paymentUrl: string | null;
  @Column(optionalText) gatewayTransactionId: string | null;
  @Column({ type: 'jsonb', nullable: true }) lakalaCallback: LakalaCallback | null;
  @Column(optionalText) failureCode: FailureCode | null;
  @Column(optionalText) failureMessage: string | null;
  @Column(optionalMoment) paidAt: Date | null;
  @Column(optionalMoment) failedAt: Date | null;
  /** Fen of the refunds that succeeded. */
  @Column(fen) refundedAmount: number;
  /** How many events it has had. */
  @Column({ type: 'integer' }) eventSeq: number;
  @Column({ type: 'smallint' }) rechecks: number;
  /** When a processor must look at it; null: never, unless somebody brings news. */
  @Column(optionalMoment) dueAt: Date | null;
  @Column(optionalMoment) leasedUntil: Date | null;
  @Column({ type: 'integer' }) leaseNo: number;
  @Column({ type: 'integer' }) failures: number;
  @Column(optionalText) lastError: string | null;
  @Column(bySqlClock) createdAt: Date;
  @Column(bySqlClock) updatedAt: Date;
}
