import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { runAdmin } from './admin.ts';
import { startRedis } from './redis.ts';
import { scratchFolder } from './scratch.ts';

export interface TestDatabase {
  /** The owner's URL; `urlForRole` makes a service's of it. */
  url: string;
  drop(): Promise<void>;
}

/** The same database with the rights of a service: `loomi_api`, `loomi_processor` or `loomi_admin`. */
export function urlForRole(url: string, role: string): string {
  const options = `options=${encodeURIComponent(`-c role=${role}`)}`;
  return `${url}${url.includes('?') ? '&' : '?'}${options}`;
}

/** The URL of another database on the same server. */
export function urlOfDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

/** Runs one statement on the server, outside a transaction. */
export async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Makes the database unless it exists. */
export async function ensureDatabase(serverUrl: string, database: string): Promise<void> {
  try {
    await execute(serverUrl, `CREATE DATABASE ${pg.escapeIdentifier(database)}`);
  } catch (error) {
    const duplicateDatabase = '42P04';
    if (!(error instanceof pg.DatabaseError) || error.code !== duplicateDatabase) throw error;
  }
}

/** Makes a migrated database that `createTestDatabase` copies, which is faster than migrating each. */
export async function makeTemplate(serverUrl: string, database: string): Promise<void> {
  await ensureDatabase(serverUrl, database);
  await runAdmin(urlOfDatabase(serverUrl, database), 'migrate');
}

/** A migrated, empty database of its own on the test run's server. */
export async function createTestDatabase(
  serverUrl = fromGlobalSetup('TEST_POSTGRES_URL'),
  template = fromGlobalSetup('TEST_TEMPLATE_DATABASE'),
): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await execute(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${pg.escapeIdentifier(template)}`);
  return {
    url: urlOfDatabase(serverUrl, name),
    drop: () => execute(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** A Redis server of its own (it takes 50 ms), so that a wipe in one test file harms no other. */
export async function testRedis(): Promise<{ url: string; stop(): Promise<void> }> {
  return startRedis({ dir: scratchFolder().subfolder('redis') });
}

function fromGlobalSetup(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run this by jest, whose global setup starts the servers`);
  return value;
}
