import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bySqlClock, fen, optionalMoment, optionalText, text } from './columns.js';

/** A payment that Lakala took: what a refund needs of it, and what refunds reserve against. */
@Entity('trades')
export class Trade {
  @PrimaryColumn({ type: 'text' }) tradeNo: string;
  @Column({ type: 'uuid' }) paymentOrderId: string;
  @Column({ type: 'uuid' }) attemptId: string;
  @Column(text) logNo: string;
  @Column(text) merchantNo: string;
  @Column(text) termNo: string;
  @Column(optionalText) accTradeNo: string | null;
  @Column(optionalText) payMode: string | null;
  @Column(fen) amount: number;
  /** Fen held by refunds that are pending, processing or succeeded; never more than `amount`. */
  @Column(fen) refundReserved: number;
  @Column(optionalMoment) paidAt: Date | null;
  @Column(bySqlClock) createdAt: Date;
}
