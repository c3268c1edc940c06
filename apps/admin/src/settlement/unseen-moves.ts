import type { EntityManager } from 'typeorm';
import { MONEY_MOVES_BETWEEN } from '../finance/money-moves.js';

/** A payment or refund of ours that no settlement file has. */
export interface UnseenMove {
  kind: 'payment' | 'refund';
  log_no: string | null;
  order_no: string;
  app_id: string;
  merchant_no: string;
  amount: number;
  at: Date;
  /** To page by: a Date has no microseconds. */
  at_text: string;
  /** In China. */
  day: string;
  payment_order_id: string;
  refund_order_id: string | null;
  /** The days whose files may have it and were not reconciled yet; where there are none, it is missing. */
  waits_for: string[];
}

// OFFSET 0: see compared-lines.ts. Near midnight Lakala's file may put a trade on the day beside the one that we do, so either file may have it.
const UNSEEN = `
WITH moves AS (${MONEY_MOVES_BETWEEN}),
  dated AS (SELECT m.*, (m.at AT TIME ZONE 'UTC' + interval '8 hours') AS local FROM moves m WHERE m.merchant_no = $3 OR $3 IS NULL),
  unseen AS (
    SELECT d.*, d.local::date AS day FROM dated d
    WHERE (d.at, d.order_no) > ($5::timestamptz, $6)
      AND NOT EXISTS (SELECT 1 FROM (SELECT s.file_id FROM settlement_lines s WHERE s.log_no = d.log_no OFFSET 0) l
        JOIN settlement_files f ON f.id = l.file_id WHERE f.replaced_at IS NULL)
      AND NOT (d.log_no IS NULL AND EXISTS (SELECT 1 FROM settlement_lines l JOIN settlement_files f ON f.id = l.file_id
        WHERE f.replaced_at IS NULL AND f.day BETWEEN d.local::date - 1 AND d.local::date + 1 AND l.order_no = d.order_no))
    ORDER BY d.at, d.order_no LIMIT $7)
SELECT u.kind, u.log_no, u.order_no, u.app_id, u.merchant_no, u.amount::float8, u.at, u.at::text AS at_text, u.day::text,
  u.payment_order_id, u.refund_order_id, ARRAY(
    SELECT d.day::text
    FROM (VALUES (u.day - 1, u.local < u.day + $4::interval), (u.day, true), (u.day + 1, u.local >= u.day + 1 - $4::interval)) d(day, may_have_it)
    WHERE d.may_have_it AND NOT EXISTS (SELECT 1 FROM settlement_files f
      WHERE f.replaced_at IS NULL AND f.day = d.day AND (f.merchant_no IS NULL OR f.merchant_no = u.merchant_no))
    ORDER BY d.day) AS waits_for
FROM unseen u ORDER BY u.at, u.order_no`;

const PAGE = 5_000;

export interface UnseenWindow {
  from: Date;
  to: Date;
  /** Only of this merchant. */
  merchantNo: string | null;
  /** How near midnight a trade may be on another day at Lakala. */
  marginSeconds: number;
}

/** What no settlement file in force has of our moves in this time, a page at a time, oldest first. */
export async function* unseenMoves(manager: EntityManager, window: UnseenWindow): AsyncGenerator<UnseenMove> {
  const { from, to, merchantNo, marginSeconds } = window;
  let after: [string, string] = ['-infinity', ''];
  for (;;) {
    const page = await manager.query<UnseenMove[]>(UNSEEN, [from, to, merchantNo, `${marginSeconds} seconds`, ...after, PAGE]);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = [last.at_text, last.order_no];
  }
}
