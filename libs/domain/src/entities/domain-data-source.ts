import type { DataSource } from 'typeorm';
import { createDataSource, type PostgresOptions } from '#platform/postgres/data-source.js';
import { MIGRATIONS } from '../migrations/migrations.js';
import { SnakeCaseNames } from './columns.js';
import { ENTITIES } from './entities.js';

/** A data source that knows the domain's tables, not yet initialised; see `createDataSource`. */
export function domainDataSource(options: Omit<PostgresOptions, 'entities' | 'migrations'>): DataSource {
  const dataSource = createDataSource({ ...options, entities: ENTITIES, migrations: MIGRATIONS });
  return dataSource.setOptions({ namingStrategy: new SnakeCaseNames() });
}
