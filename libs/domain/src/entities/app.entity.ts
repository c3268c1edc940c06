import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bySqlClock, optionalText } from './columns.js';

/** A main app that takes payments through this service. */
@Entity('apps')
export class App {
  @PrimaryColumn({ type: 'text' }) appId: string;
  /** Its own merchant at Lakala; null: the configured one. Together with `termNo`. */
  @Column(optionalText) merchantNo: string | null;
  @Column(optionalText) termNo: string | null;
  /** Its events also go to streams that only it reads. */
  @Column({ type: 'boolean', default: false }) ownStreams: boolean;
  @Column(bySqlClock) createdAt: Date;
}
