import type { DataSource } from 'typeorm';

/** The oldest major version of PostgreSQL that the service is tested on. */
export const OLDEST_POSTGRES = 15;

/**
 * Opens the data source, and gives it.
 * @throws Error where the server is older than `oldest`: it may lack what a statement needs, and not tell until that is used.
 */
export async function openDataSource(dataSource: DataSource, oldest = OLDEST_POSTGRES): Promise<DataSource> {
  await dataSource.initialize();
  // TypeORM has asked for it.
  const version = dataSource.driver.version ?? '';
  const major = Number(/^\d+/.exec(version)?.[0]);
  if (major >= oldest) return dataSource;
  await dataSource.destroy();
  throw new Error(`PostgreSQL ${version} is too old: ${oldest} is the oldest that this service is made for`);
}
