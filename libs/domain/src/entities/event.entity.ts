import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bySqlClock, fen, optionalText, text } from './columns.js';

/** A transition, as the apps hear of it. Written in the transaction that made it; the streams are copies. */
@Entity('events')
export class StoredEvent {
  /** The `event_id` of the contract. */
  @PrimaryColumn({ type: 'uuid' }) id: string;
  /** Drawn under the order's row lock: orders the events of one order as they happened. */
  @Column(fen) position: number;
  @Column(text) kind: 'payment' | 'refund';
  @Column({ type: 'uuid' }) subjectId: string;
  @Column({ type: 'integer' }) seq: number;
  @Column(text) appId: string;
  /** The flat fields of the shared stream's entry, in the contract's names. */
  @Column({ type: 'jsonb' }) fields: Record<string, string>;
  /** Only the app's own streams carry it. */
  @Column(optionalText) paymentUrl: string | null;
  /** The entry id `ms-seq`, given by the relay. */
  @Column({ ...fen, nullable: true }) entryMs: number | null;
  @Column({ ...fen, nullable: true }) entrySeq: number | null;
  @Column(bySqlClock) createdAt: Date;
}
