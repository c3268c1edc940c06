import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { MessageError } from '#lakala/message-error.js';
import type { AmountUnit, SettlementFormat, SettlementLine } from '#lakala/settlement-format.js';
import type { ChinaDay } from '../finance/china-day.js';
import { Refusal } from '../refusal.js';
import { linesOf, type Encoding } from './file-lines.js';
import { MalformedFile } from './malformed-file.js';

/** Which file of which day, and how it is to be read. */
export interface SettlementSource {
  path: string;
  /** As it is kept and shown: without folders. */
  name: string;
  /** The day in China it is the file of. */
  day: ChinaDay;
  /** Where it is the file of this merchant alone. */
  merchantNo: string | null;
  unit: AmountUnit;
  encoding: Encoding;
  format: SettlementFormat;
  sha256: Buffer;
}

export interface KeptFile {
  id: string;
  lines: number;
}

/** Fewer trades that happen to differ by the same factor prove nothing. */
const TELLING_LINES = 3;

const HUNDREDFOLD = `
SELECT count(*)::int AS matched, count(*) FILTER (WHERE amount = 100 * ours)::int AS larger, count(*) FILTER (WHERE 100 * amount = ours)::int AS smaller
FROM (SELECT l.amount, t.amount AS ours FROM settlement_lines l JOIN trades t ON t.log_no = l.log_no
  WHERE l.file_id = $1 AND l.kind = 'payment' LIMIT 1000) pairs`;

/** Rows a statement: some hundred kilobytes of JSON. */
const BATCH = 2_000;

const INSERT_LINES = `
INSERT INTO settlement_lines (file_id, line_no, log_no, kind, trade_type, merchant_no, traded_at, amount, fee, settled,
  order_no, pay_order_no, origin_log_no)
SELECT $1, "lineNo", "logNo", kind, "tradeType", "merchantNo", "tradedAt", "amountFen", "feeFen", "settledFen",
  "orderNo", "payOrderNo", "originLogNo"
FROM json_to_recordset($2::json) AS line("lineNo" integer, "logNo" text, kind text, "tradeType" text, "merchantNo" text,
  "tradedAt" timestamptz, "amountFen" bigint, "feeFen" bigint, "settledFen" bigint, "orderNo" text, "payOrderNo" text, "originLogNo" text)`;

/**
 * The file that is in force for the day and merchant, where it is this very one, read in this unit.
 * @throws Refusal where it is another, and none is to be replaced.
 */
export async function keptAlready(manager: EntityManager, source: SettlementSource, replace: boolean): Promise<KeptFile | null> {
  const [kept] = await manager.query<(KeptFile & { name: string; sha256: Buffer; amounts_in: string })[]>(
    `SELECT id, name, lines, sha256, amounts_in FROM settlement_files
     WHERE day = $1 AND coalesce(merchant_no, '') = coalesce($2, '') AND replaced_at IS NULL`,
    [source.day.date, source.merchantNo],
  );
  if (kept === undefined) return null;
  if (kept.sha256.equals(source.sha256) && kept.amounts_in === source.unit) return { id: kept.id, lines: kept.lines };
  if (!replace) {
    throw new Refusal(`another file of ${source.day.date} was reconciled, ${kept.name} in ${kept.amounts_in}: with --replace this one takes its place`);
  }
  await manager.query('UPDATE settlement_files SET replaced_at = loomi_now() WHERE id = $1', [kept.id]);
  return null;
}

/**
 * Reads the file into the books, in the caller's transaction, a bounded part of it at a time.
 * @throws MalformedFile at the first line that cannot be read.
 */
export async function keepFile(manager: EntityManager, source: SettlementSource): Promise<KeptFile> {
  const id = uuidv7();
  let lines = 0;
  let isOfDay = false;
  let batch: (SettlementLine & { lineNo: number })[] = [];
  const flush = async (): Promise<void> => {
    await manager.query(INSERT_LINES, [id, JSON.stringify(batch)]);
    batch = [];
  };
  const { date, from, to } = source.day;
  for await (const line of settlementLines(source)) {
    lines += 1;
    isOfDay ||= line.tradedAt >= from && line.tradedAt < to;
    if (batch.push(line) === BATCH) await flush();
  }
  if (batch.length > 0) await flush();
  if (lines > 0 && !isOfDay) throw new MalformedFile(source.path, null, `no line of it is of ${date}`);
  await manager.query(
    'INSERT INTO settlement_files (id, day, merchant_no, name, sha256, amounts_in, lines) VALUES ($1, $2, $3, $4, $5, $6, $7)',
    [id, date, source.merchantNo, source.name, source.sha256, source.unit, lines],
  );
  return { id, lines };
}

/** @throws MalformedFile where it was read in the wrong unit: each of its payments would be an anomaly. */
export async function refuseWrongUnit(manager: EntityManager, { path, unit }: SettlementSource, { id }: KeptFile): Promise<void> {
  const [pairs] = await manager.query<{ matched: number; larger: number; smaller: number }[]>(HUNDREDFOLD, [id]);
  if (pairs === undefined || pairs.matched < TELLING_LINES || Math.max(pairs.larger, pairs.smaller) < pairs.matched) return;
  const factor = pairs.larger > 0 ? 'a hundred times' : 'a hundredth of';
  throw new MalformedFile(path, null, `every amount is ${factor} ours, so its amounts are not in ${unit}`);
}

async function* settlementLines({ path, encoding, format, unit }: SettlementSource): AsyncGenerator<SettlementLine & { lineNo: number }> {
  let read: ((line: string) => SettlementLine) | null = null;
  for await (const { lineNo, text } of linesOf(path, encoding)) {
    try {
      if (read === null) read = format.readHeader(text, unit);
      else yield { ...read(text), lineNo };
    } catch (error) {
      if (error instanceof MessageError) throw new MalformedFile(path, lineNo, error.message);
      throw error;
    }
  }
  if (read === null) throw new MalformedFile(path, 1, 'there is no header');
}
