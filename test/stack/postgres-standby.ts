import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { takeBaseBackup, textOf } from './base-backup.ts';
import { preparePostgres, type PostgresServer } from './postgres.ts';
import { scratchFolder } from './scratch.ts';
import { until } from './until.ts';

const NAME = 'standby';
const WAIT_MS = 60_000;

export interface Standby {
  server: PostgresServer;
  /** Makes it a primary that waits for nobody; resolves once it takes writes. */
  promote(): Promise<void>;
}

/**
 * Starts a second server that follows the one at this superuser's URL, and resolves once no commit there is acknowledged
 * before it is on both.
 */
export async function startSynchronousStandby(primaryUrl: string): Promise<Standby> {
  const primary = new pg.Client({ connectionString: primaryUrl });
  await primary.connect();
  try {
    await primary.query('SELECT pg_create_physical_replication_slot($1, true)', [NAME]);
    const dir = scratchFolder().subfolder('postgres-standby');
    const data = join(dir, 'data');
    await takeBaseBackup(primary, data);
    writeFileSync(join(data, 'standby.signal'), '', { mode: 0o600 });
    const { hostname, port, username, password } = new URL(primaryUrl);
    writeFileSync(join(dir, 'password'), password, { mode: 0o600 });
    const server = await preparePostgres({
      dir,
      settings: {
        primary_conninfo: `host=${hostname} port=${port} user=${username} password=${password} application_name=${NAME}`,
        primary_slot_name: NAME,
        // Commits wait until it is connected again after a restart of the primary, by default for five seconds.
        wal_retrieve_retry_interval: '200ms',
      },
    });
    await server.service.start();
    await commitOnBoth(primary);
    return { server, promote: () => promote(server.url) };
  } finally {
    await primary.end();
  }
}

/** Set only now: with nobody to confirm, no commit would ever end. The standby's copy does not have it. */
async function commitOnBoth(primary: pg.Client): Promise<void> {
  await primary.query("ALTER SYSTEM SET synchronous_commit = 'on'");
  await primary.query(`ALTER SYSTEM SET synchronous_standby_names = '${NAME}'`);
  await primary.query('SELECT pg_reload_conf()');
  const state = "SELECT coalesce((SELECT sync_state FROM pg_stat_replication), 'none')";
  await until('the standby to confirm commits', WAIT_MS, async () => (await textOf(primary, state)) === 'sync');
}

async function promote(url: string): Promise<void> {
  const standby = new pg.Client({ connectionString: url });
  await standby.connect();
  try {
    await standby.query(`SELECT pg_promote(true, ${WAIT_MS / 1000})`);
    await until('the standby to take writes', WAIT_MS, async () => (await textOf(standby, 'SELECT pg_is_in_recovery()::text')) === 'false');
  } finally {
    await standby.end();
  }
}
