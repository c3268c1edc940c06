import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bySqlClock, optionalMoment, optionalText, text } from './columns.js';

/** A message of Lakala's, verified and kept before it was acknowledged. */
@Entity('notifications')
export class StoredNotification {
  @PrimaryColumn({ type: 'uuid' }) id: string;
  @Column(text) outOrderNo: string;
  @Column({ type: 'bytea' }) raw: Buffer;
  @Column(text) signedTextPrefix: string;
  @Column(text) signature: string;
  @Column(text) certificate: string;
  @Column(bySqlClock) receivedAt: Date;
  @Column(optionalMoment) appliedAt: Date | null;
  @Column(bySqlClock) dueAt: Date;
  @Column({ type: 'integer' }) failures: number;
  @Column(optionalText) lastError: string | null;
}
