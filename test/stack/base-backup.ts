import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import pg from 'pg';

const LABEL = 'loomi';
/** Folders that a base backup leaves empty: PostgreSQL's manual, "Making a base backup using the low level API". */
const LEFT_EMPTY = ['pg_wal', 'pg_replslot', 'pg_dynshmem', 'pg_notify', 'pg_serial', 'pg_snapshots', 'pg_stat_tmp', 'pg_subtrans'];
const LEFT_OUT = ['postmaster.pid', 'postmaster.opts'];

/**
 * Copies the data of a server that runs, as pg_basebackup does: by hand, since the binaries that npm brings lack it. What
 * the copy is to be, a standby or a server restored to a moment, its signal file says: that is for the caller to write.
 * @param target the new data folder; made here.
 */
export async function takeBaseBackup(source: pg.Client, target: string): Promise<void> {
  const folder = await textOf(source, 'SHOW data_directory');
  await source.query('SELECT pg_backup_start($1, true)', [LABEL]);
  cpSync(folder, target, {
    recursive: true,
    filter: (file) => !(LEFT_EMPTY.includes(basename(dirname(file))) || LEFT_OUT.includes(basename(file))),
  });
  chmodSync(target, 0o700);
  const label = await textOf(source, 'SELECT labelfile FROM pg_backup_stop(false)');
  mkdirSync(join(target, 'pg_wal', 'archive_status'), { recursive: true, mode: 0o700 });
  writeFileSync(join(target, 'backup_label'), label, { mode: 0o600 });
}

/** The one value that a query gives. */
export async function textOf(client: pg.Client, sql: string): Promise<string> {
  const { rows } = await client.query<Record<string, string>>(sql);
  return Object.values(rows[0] ?? {})[0] ?? '';
}
