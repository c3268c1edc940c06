import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bySqlClock, optionalMoment, text } from './columns.js';

/** What a key may be used for. */
export const SCOPES = ['payments:write', 'payments:read', 'refunds:write', 'refunds:read', 'events:read'] as const;
export type Scope = (typeof SCOPES)[number];

/** An API key of an app, as its SHA-256; the clear key is shown once, when issued. */
@Entity('api_keys')
export class ApiKey {
  @PrimaryColumn({ type: 'uuid' }) id: string;
  @Column(text) appId: string;
  /** The first characters of the clear key, so that people can tell keys apart. */
  @Column(text) hint: string;
  @Column({ type: 'bytea' }) keyHash: Buffer;
  @Column({ type: 'text', array: true }) scopes: Scope[];
  /** Addresses and networks in CIDR form from which it may be used; null: from everywhere. */
  @Column({ type: 'inet', array: true, nullable: true }) allowedIps: string[] | null;
  /** The key it was rotated from. */
  @Column({ type: 'uuid', nullable: true }) replaces: string | null;
  @Column(bySqlClock) createdAt: Date;
  @Column(optionalMoment) expiresAt: Date | null;
  @Column(optionalMoment) revokedAt: Date | null;
}
