import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Scope } from '#domain/entities/api-key.entity.js';
import { issueKey } from '#domain/keys/api-key.js';
import { existingApp } from '../apps/apps.js';
import { recordAct } from '../operator/record-act.js';
import { Refusal } from '../refusal.js';
import { iso } from '../terminal/values.js';

export interface KeyRow {
  id: string;
  app_id: string;
  hint: string;
  scopes: Scope[];
  allowed_ips: string[] | null;
  replaces: string | null;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  state: 'live' | 'expired' | 'revoked';
}

/** The clear key is in nobody's hands but the caller's. */
export interface IssuedKey {
  key: string;
  row: KeyRow;
}

export interface KeyWish {
  appId: string;
  scopes: readonly Scope[];
  /** Addresses and networks in CIDR form; null: from everywhere. */
  allowedIps: readonly string[] | null;
  /** Null: it does not expire. */
  lifetimeSeconds: number | null;
}

const COLUMNS = `id, app_id, hint, scopes, allowed_ips::text[] AS allowed_ips, replaces, created_at, expires_at, revoked_at,
  CASE WHEN revoked_at IS NOT NULL THEN 'revoked' WHEN expires_at <= loomi_now() THEN 'expired' ELSE 'live' END AS state`;

export async function issueKeyTo(manager: EntityManager, operator: string, wish: KeyWish): Promise<IssuedKey> {
  await existingApp(manager, wish.appId);
  const issued = await insertKey(manager, wish, null);
  await recordAct(manager, operator, { act: 'key.issue', target: issued.row.id, detail: remembered(issued.row) });
  return issued;
}

/**
 * Gives the app another key with the same rights; the old one works for the overlap, unless it ends before. Without a
 * wish, the new key lives as long as the old one was to.
 */
export async function rotateKey(
  manager: EntityManager,
  operator: string,
  id: string,
  { overlapSeconds, lifetimeSeconds }: { overlapSeconds: number; lifetimeSeconds: number | null },
): Promise<{ issued: IssuedKey; old: KeyRow }> {
  const before = await lockedKey(manager, id);
  if (before.state !== 'live') throw new Refusal(`the key ${id} is ${before.state}; issue a new one`);
  const [successor] = await manager.query<{ id: string }[]>('SELECT id FROM api_keys WHERE replaces = $1', [id]);
  if (successor !== undefined) throw new Refusal(`the key ${id} was rotated already, to ${successor.id}`);
  const { app_id: appId, scopes, allowed_ips: allowedIps } = before;
  const wish = { appId, scopes, allowedIps, lifetimeSeconds: lifetimeSeconds ?? lifetimeOf(before) };
  const issued = await insertKey(manager, wish, id);
  await manager.query(
    `UPDATE api_keys SET expires_at = least(expires_at, loomi_now() + make_interval(secs => $2)) WHERE id = $1`,
    [id, overlapSeconds],
  );
  const old = await lockedKey(manager, id);
  const detail = { ...remembered(issued.row), replaced_expires_at: iso(old.expires_at) };
  await recordAct(manager, operator, { act: 'key.rotate', target: id, detail: { ...detail, by: issued.row.id } });
  return { issued, old };
}

/** Ends a key at once. One that was revoked before keeps the time of that. */
export async function revokeKey(manager: EntityManager, operator: string, id: string): Promise<KeyRow> {
  const before = await lockedKey(manager, id);
  if (before.state === 'revoked') return before;
  await manager.query('UPDATE api_keys SET revoked_at = loomi_now() WHERE id = $1', [id]);
  await recordAct(manager, operator, { act: 'key.revoke', target: id, detail: { app_id: before.app_id } });
  return lockedKey(manager, id);
}

/** The app's keys, oldest first. */
export async function listKeys(manager: EntityManager, appId: string): Promise<KeyRow[]> {
  await existingApp(manager, appId);
  return manager.query<KeyRow[]>(`SELECT ${COLUMNS} FROM api_keys WHERE app_id = $1 ORDER BY created_at, id`, [appId]);
}

async function insertKey(manager: EntityManager, wish: KeyWish, replaces: string | null): Promise<IssuedKey> {
  const { key, hash, hint } = issueKey();
  const [row] = await manager.query<KeyRow[]>(
    `INSERT INTO api_keys (id, app_id, hint, key_hash, scopes, replaces, expires_at, allowed_ips)
     VALUES ($1, $2, $3, $4, $5, $6, loomi_now() + make_interval(secs => $7), $8::text[]::inet[]) RETURNING ${COLUMNS}`,
    [uuidv7(), wish.appId, hint, hash, wish.scopes, replaces, wish.lifetimeSeconds, wish.allowedIps],
  );
  if (row === undefined) throw new Error('the database gave no row of the key it inserted');
  return { key, row };
}

async function lockedKey(manager: EntityManager, id: string): Promise<KeyRow> {
  const [row] = await manager.query<KeyRow[]>(`SELECT ${COLUMNS} FROM api_keys WHERE id = $1 FOR UPDATE`, [id]);
  if (row === undefined) throw new Refusal(`there is no key ${id}`);
  return row;
}

function lifetimeOf({ created_at, expires_at }: KeyRow): number | null {
  return expires_at === null ? null : Math.round((expires_at.getTime() - created_at.getTime()) / 1000);
}

function remembered({ app_id, hint, scopes, allowed_ips, expires_at }: KeyRow) {
  return { app_id, hint, scopes, ...(allowed_ips ? { allowed_ips } : {}), expires_at: iso(expires_at) };
}
