import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';

/**
 * The rows that a statement gives, asked of the pool itself: for the few statements that run hundreds of times a second.
 * TypeORM makes a dozen objects for each, and V8 takes them for long-lived: they are not gone before its long pauses.
 * Rejects with pg's own error.
 */
export async function plainQuery<Row extends object>(dataSource: DataSource, text: string, values: unknown[]): Promise<Row[]> {
  const pool = poolOf(dataSource);
  if (!pool) throw new Error('Driver not Connected');
  const { rows } = await pool.query<Row>(text, values);
  return rows;
}

/** Undefined until the data source was initialised. */
export function poolOf({ driver }: DataSource): Pool | undefined {
  return (driver as { master?: Pool }).master;
}
