import { Column, Entity, PrimaryColumn } from 'typeorm';
import { moment, optionalText, text } from './columns.js';

/** How the gateway came to say it: on which call of ours, or by a notification. */
export type WordCall = 'create' | 'query' | 'close' | 'notification' | 'refund' | 'refund_query';

/** Something the gateway said of an attempt or a refund, once or so many times on end. For people; it proves nothing. */
@Entity('gateway_words')
export class GatewayWord {
  /** The attempt's or the refund's id. */
  @PrimaryColumn({ type: 'uuid' }) subjectId: string;
  @PrimaryColumn({ type: 'text' }) call: WordCall;
  /** Counts the words of one subject on one call from 1; a gap is what was not kept. */
  @PrimaryColumn({ type: 'integer' }) seq: number;
  /** What we took it for: an outcome of `PaymentAnswer` or `RefundAnswer`. */
  @Column(text) outcome: string;
  @Column(optionalText) code: string | null;
  /** The gateway's own state of the order or refund. */
  @Column(optionalText) state: string | null;
  /** Type and status of the order's entries, newest first: `PAY S, PAY F`. */
  @Column(optionalText) trades: string | null;
  /** The gateway's text, masked, or where nothing usable came, why. */
  @Column(optionalText) message: string | null;
  @Column(optionalText) traceId: string | null;
  @Column({ type: 'integer' }) times: number;
  @Column(moment) firstAt: Date;
  @Column(moment) lastAt: Date;
}
