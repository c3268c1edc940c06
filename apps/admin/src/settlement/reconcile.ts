import type { DataSource, EntityManager } from 'typeorm';
import { recordAct } from '../operator/record-act.js';
import { Comparison, type Reconciliation, type ReconcileWish } from './comparison.js';
import { resolveWhatCameLater } from './difference-list.js';
import { digestOf } from './file-lines.js';
import { MalformedFile } from './malformed-file.js';
import { keepFile, keptAlready, refuseWrongUnit, type KeptFile, type SettlementSource } from './settlement-books.js';

/**
 * Compares a settlement file with our books, in one transaction: a file that cannot be read leaves nothing behind, and
 * one that is reconciled again finds what it found, and changes nothing more.
 */
export async function reconcile(database: DataSource, operator: string, wish: ReconcileWish): Promise<Reconciliation> {
  const source = { ...wish, sha256: await digestOf(wish.path) };
  return database.transaction(async (manager) => {
    // Two at once would each miss what the other reads.
    await manager.query("SELECT pg_advisory_xact_lock(hashtext('loomi settlement'))");
    const known = await keptAlready(manager, source, wish.replace);
    const file = known ?? (await keepNew(manager, operator, source));
    const comparison = new Comparison(manager, wish, file);
    await comparison.run();
    await resolveWhatCameLater(manager);
    return comparison.result(known !== null);
  });
}

async function keepNew(manager: EntityManager, operator: string, source: SettlementSource): Promise<KeptFile> {
  const file = await keepFile(manager, source);
  if (!(await digestOf(source.path)).equals(source.sha256)) throw new MalformedFile(source.path, null, 'was changed while it was read');
  await refuseWrongUnit(manager, source, file);
  const detail = { file: source.name, lines: file.lines, sha256: source.sha256.toString('hex') };
  await recordAct(manager, operator, { act: 'settlement.reconcile', target: source.day.date, detail });
  return file;
}
