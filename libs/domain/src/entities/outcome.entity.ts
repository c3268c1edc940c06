import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bySqlClock, fen, optionalText, text } from './columns.js';

/** The proof of an order's or refund's end. Written once, kept for ever. */
@Entity('outcomes')
export class Outcome {
  @PrimaryColumn({ type: 'uuid' }) subjectId: string;
  @Column(text) subject: 'payment' | 'refund';
  @Column(text) status: 'succeeded' | 'failed';
  @Column(fen) amount: number;
  @Column(text) proof: 'gateway' | 'never_payable' | 'operator';
  @Column({ type: 'uuid', nullable: true }) attemptId: string | null;
  @Column(optionalText) source: string | null;
  @Column({ type: 'bytea', nullable: true }) raw: Buffer | null;
  @Column(optionalText) signedTextPrefix: string | null;
  @Column(optionalText) signature: string | null;
  @Column(optionalText) certificate: string | null;
  @Column(optionalText) reason: string | null;
  @Column({ type: 'uuid', nullable: true }) decisionId: string | null;
  @Column(bySqlClock) recordedAt: Date;
}
