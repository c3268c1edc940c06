import type { DataSource } from 'typeorm';
import { domainDataSource } from '#domain/entities/domain-data-source.js';
import type { DatabaseSettings } from '#platform/configuration/database.settings.js';
import { SilentLog } from '#platform/logging/log.js';
import { openDataSource } from '#platform/postgres/open-data-source.js';

/** The database, as the role that the address names; the caller ends it. */
export async function connect(
  { url, poolSize }: DatabaseSettings,
  limits: { statementTimeoutMs?: number } = {},
): Promise<DataSource> {
  // Standard output holds the answer and nothing else; what fails is thrown, and said on standard error.
  const log = new SilentLog();
  return openDataSource(domainDataSource({ url, poolSize, applicationName: 'loomi-admin', log, ...limits }));
}
