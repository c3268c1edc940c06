import type { DataSource } from 'typeorm';

/** A type, so that it is a `Row` of a table. */
export type MigrationState = { name: string; state: 'applied' | 'pending' };

/** Every migration of this build in its order. Reads only, so any role may ask. */
export async function migrationStatus(database: DataSource): Promise<MigrationState[]> {
  const [found] = await database.query<{ known: boolean }[]>("SELECT to_regclass('migrations') IS NOT NULL AS known");
  const applied = found?.known ? await database.query<{ name: string }[]>('SELECT name FROM migrations') : [];
  const names = new Set(applied.map(({ name }) => name));
  return database.migrations.map(({ name, constructor }) => {
    const migrationName = name ?? constructor.name;
    return { name: migrationName, state: names.has(migrationName) ? 'applied' : 'pending' };
  });
}
