import { spawnSync } from 'node:child_process';
import pg from 'pg';
import { execute } from '../../stack/databases.ts';
import { until } from '../../stack/until.ts';

/** A server that dies while it is filled is filled anew: only then, and only here, may it forget. */
const WHILE_LOADING = { fsync: 'off', full_page_writes: 'off', max_wal_size: "'8GB'", maintenance_work_mem: "'1GB'" };
const RELOAD_MS = 10_000;

/** Has the server write fast and without care meanwhile; afterwards everything is on the disk and as it was. */
export async function withBulkSettings(serverUrl: string, work: () => Promise<void>): Promise<void> {
  for (const [name, value] of Object.entries(WHILE_LOADING)) await execute(serverUrl, `ALTER SYSTEM SET ${name} = ${value}`);
  await reload(serverUrl, 'off');
  try {
    await work();
  } finally {
    for (const name of Object.keys(WHILE_LOADING)) await execute(serverUrl, `ALTER SYSTEM RESET ${name}`);
    await reload(serverUrl, 'on');
    await execute(serverUrl, 'CHECKPOINT');
    // What the server did not wait for would be written while we measure.
    spawnSync('sync');
  }
}

async function reload(serverUrl: string, fsync: 'on' | 'off'): Promise<void> {
  await execute(serverUrl, 'SELECT pg_reload_conf()');
  await until(`fsync to be ${fsync}`, RELOAD_MS, async () => (await settingOf(serverUrl, 'fsync')) === fsync);
}

async function settingOf(serverUrl: string, name: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, string>>(`SHOW ${name}`)).rows[0]?.[name];
  } finally {
    await client.end();
  }
}
