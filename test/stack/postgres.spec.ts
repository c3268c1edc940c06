import { copyFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { takeBaseBackup } from './base-backup.ts';
import { createTestDatabase, testRedis, urlForRole } from './databases.ts';
import { startPostgres } from './postgres.ts';
import { scratchFolder } from './scratch.ts';

async function rows(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('PostgreSQL', () => {
  test('runs in a folder nobody else may enter, and keeps its data over a stop, a kill and a new start', async () => {
    const dir = scratchFolder().subfolder('postgres');
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    const first = await startPostgres({ dir });
    await rows(first.url, 'CREATE TABLE kept (id int)');
    await first.kill();
    await first.restart();
    await rows(first.url, 'INSERT INTO kept VALUES (7)');
    await first.stop();
    const second = await startPostgres({ dir });
    expect(await rows(second.url, 'SELECT id FROM kept')).toEqual([{ id: 7 }]);
    await second.stop();
  }, 60_000);

  test('that is restored from a backup is up once it takes writes', async () => {
    const dir = scratchFolder().subfolder('postgres-source');
    const restored = scratchFolder().subfolder('postgres-restored');
    const source = await startPostgres({ dir });
    const client = new pg.Client({ connectionString: source.url });
    await client.connect();
    await takeBaseBackup(client, join(restored, 'data'));
    await client.end();
    copyFileSync(join(dir, 'password'), join(restored, 'password'));
    writeFileSync(join(restored, 'data', 'recovery.signal'), '', { mode: 0o600 });
    // Slow, so that it answers for a while before it takes writes.
    const settings = { restore_command: `sleep 0.5; cp ${join(dir, 'data', 'pg_wal')}/%f %p` };
    const server = await startPostgres({ dir: restored, settings });
    await rows(server.url, 'CREATE TABLE written (id int)');
    await server.stop();
    await source.stop();
  }, 60_000);
});

describe('test databases', () => {
  test('a database of its own can be had and dropped while clients are connected', async () => {
    const database = await createTestDatabase();
    const idle = new pg.Client({ connectionString: database.url });
    idle.on('error', () => undefined);
    await idle.connect();
    await rows(database.url, 'CREATE TABLE mine (id int)');
    await database.drop();
    await expect(rows(database.url, 'SELECT 1')).rejects.toThrow('does not exist');
  });

  test('a URL for a role acts with that role', async () => {
    const database = await createTestDatabase();
    await rows(database.url, "DO $$ BEGIN CREATE ROLE just_looking; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
    expect(await rows(urlForRole(database.url, 'just_looking'), 'SELECT current_user')).toEqual([{ current_user: 'just_looking' }]);
    await database.drop();
  });

  test('a Redis server of its own is up when given', async () => {
    const redis = await testRedis();
    expect(redis.url).toMatch(/^redis:\/\/127\.0\.0\.1:\d+$/);
    await redis.stop();
  });
});
