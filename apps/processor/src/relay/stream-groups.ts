import type { EntityManager } from 'typeorm';

/** Pending entry ids by consumer. */
export type Pending = Readonly<Record<string, readonly string[]>>;

/** A consumer group as it was at one moment. */
export interface GroupSnapshot {
  readonly name: string;
  readonly lastDelivered: string;
  readonly pending: Pending;
  readonly pendingCount: number;
  readonly oldestPending: string | null;
}

/** Keeps the snapshot, in place of the one before; writes nothing when they are the same. */
export async function storeGroup(em: EntityManager, stream: string, group: GroupSnapshot): Promise<void> {
  await em.query(
    `INSERT INTO stream_groups AS g (stream, group_name, last_delivered_id, pending, pending_count, oldest_pending_id)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (stream, group_name) DO UPDATE SET last_delivered_id = excluded.last_delivered_id,
       pending = excluded.pending, pending_count = excluded.pending_count,
       oldest_pending_id = excluded.oldest_pending_id, seen_at = loomi_now()
     WHERE (g.last_delivered_id, g.pending) IS DISTINCT FROM (excluded.last_delivered_id, excluded.pending)`,
    [stream, group.name, group.lastDelivered, JSON.stringify(group.pending), group.pendingCount, group.oldestPending],
  );
}

/** What the group had pending when it was last seen. */
export async function pendingOf(em: EntityManager, stream: string, group: string): Promise<Pending> {
  const [row] = await em.query<{ pending: Pending }[]>(
    'SELECT pending FROM stream_groups WHERE stream = $1 AND group_name = $2',
    [stream, group],
  );
  return row?.pending ?? {};
}

/** Forgets groups that were destroyed on purpose. */
export async function forgetGroups(em: EntityManager, stream: string, names: readonly string[]): Promise<void> {
  await em.query('DELETE FROM stream_groups WHERE stream = $1 AND group_name = ANY($2)', [stream, names]);
}

/** Remembers which groups are to be put back. */
export async function markLost(em: EntityManager, stream: string, names: readonly string[]): Promise<void> {
  await em.query('UPDATE stream_groups SET lost = true WHERE stream = $1 AND group_name = ANY($2)', [stream, names]);
}

/** The groups are where they were. */
export async function markFound(em: EntityManager, stream: string): Promise<void> {
  await em.query('UPDATE stream_groups SET lost = false WHERE stream = $1 AND lost', [stream]);
}
