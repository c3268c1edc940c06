import type { EntityManager } from 'typeorm';

/** Marks an anomaly as resolved, found by its id or its key; one that is resolved keeps its first resolution. */
export async function resolveAnomaly(em: EntityManager, by: { id: string } | { key: string }, resolution: string): Promise<void> {
  const [column, value] = 'id' in by ? ['id', by.id] : ['dedupe_key', by.key];
  await em.query(`UPDATE anomalies SET resolved_at = loomi_now(), resolution = $2 WHERE ${column} = $1 AND resolved_at IS NULL`, [
    value,
    resolution,
  ]);
}
