import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Scope } from '#domain/entities/api-key.entity.js';
import { keyFingerprint } from '#domain/keys/api-key.js';
import { Networks } from '#platform/net/networks.js';
import type { Caller } from './caller.js';

// A revocation takes effect everywhere within 5 s; one second of them is for the lookup itself.
const FRESH_MS = 4000;
// Only good keys are remembered, so a flood of invented ones cannot push them out; a service has far fewer.
const MAX_REMEMBERED = 10_000;

interface KeyRow {
  id: string;
  app_id: string;
  key_hash: Buffer;
  scopes: Scope[];
  allowed_ips: string[] | null;
  /** Milliseconds by the database's clock; null: it does not expire. */
  lasts_ms: number | null;
}

function callerOf({ app_id: appId, id: keyId, scopes, allowed_ips: allowedIps }: KeyRow): Caller {
  return { appId, keyId, scopes, allowedIps: allowedIps === null ? undefined : new Networks(allowedIps) };
}

interface Remembered {
  readonly lookup: Promise<Caller | undefined>;
  /** Once it is found. */
  caller?: Caller;
  freshUntilMs: number;
}

/** Finds whose key it is. Found by hash, so no comparison of secrets can be timed. */
@Injectable()
export class ApiKeys {
  private readonly remembered = new Map<string, Remembered>();

  constructor(private readonly dataSource: DataSource) {}

  /**
   * The key's caller, at once where it was found a moment ago; undefined for a key that is unknown, expired or revoked.
   * Rejects when the database does not answer.
   */
  find(key: string): Caller | Promise<Caller | undefined> {
    const fingerprint = keyFingerprint(key);
    const known = this.remembered.get(fingerprint);
    if (known && performance.now() < known.freshUntilMs) return known.caller ?? known.lookup;
    this.remembered.delete(fingerprint);
    return this.lookUp(fingerprint);
  }

  private lookUp(fingerprint: string): Promise<Caller | undefined> {
    // Counted from before the question, since the answer may be as old as that.
    const askedAtMs = performance.now();
    const lookup = this.ask(Buffer.from(fingerprint, 'base64')).then(
      (row) => {
        if (!row) return this.forget(fingerprint, entry);
        entry.freshUntilMs = askedAtMs + Math.min(FRESH_MS, row.lasts_ms ?? FRESH_MS);
        entry.caller = callerOf(row);
        return entry.caller;
      },
      (error: unknown) => {
        // Whoever asked gets the error; the next request asks anew.
        this.forget(fingerprint, entry);
        throw error;
      },
    );
    const entry: Remembered = { lookup, freshUntilMs: askedAtMs + FRESH_MS };
    this.remember(fingerprint, entry);
    return lookup;
  }

  private async ask(hash: Buffer): Promise<KeyRow | undefined> {
    const [row] = await this.dataSource.query<KeyRow[]>(
      `SELECT k.id, k.app_id, k.key_hash, k.scopes, k.allowed_ips::text[],
         (extract(epoch FROM k.expires_at - loomi_now()) * 1000)::double precision AS lasts_ms
       FROM api_keys k JOIN apps a ON a.app_id = k.app_id
       WHERE k.key_hash = $1
         AND (k.expires_at IS NULL OR k.expires_at > loomi_now())
         AND (k.revoked_at IS NULL OR k.revoked_at > loomi_now())`,
      [hash],
    );
    return row && timingSafeEqual(row.key_hash, hash) ? row : undefined;
  }

  private remember(fingerprint: string, entry: Remembered): void {
    this.remembered.set(fingerprint, entry);
    if (this.remembered.size <= MAX_REMEMBERED) return;
    const [oldest] = this.remembered.keys();
    if (oldest !== undefined) this.remembered.delete(oldest);
  }

  private forget(fingerprint: string, entry: Remembered): undefined {
    if (this.remembered.get(fingerprint) === entry) this.remembered.delete(fingerprint);
  }
}
