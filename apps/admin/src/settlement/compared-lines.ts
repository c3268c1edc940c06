import type { EntityManager } from 'typeorm';
import { paymentsTaken, refundsCarriedOut } from '../finance/money-moves.js';

/** What our books have under the line's log_no. */
export interface OurMove {
  kind: 'payment' | 'refund';
  app_id: string;
  merchant_no: string;
  /** Fen. */
  amount: number;
  numbers: (string | null)[];
  payment_order_id: string;
  refund_order_id: string | null;
}

/** An order or refund of ours, found by the line's order number alone. */
export interface NamedOrder {
  kind: 'payment' | 'refund';
  app_id: string;
  status: string;
  payment_order_id: string;
  refund_order_id: string | null;
}

/** A line of a settlement file beside what we know of it. */
export interface ComparedLine {
  line_no: number;
  log_no: string;
  kind: 'payment' | 'refund' | 'other';
  trade_type: string;
  merchant_no: string;
  traded_at: Date;
  amount: number;
  fee: number | null;
  settled: number | null;
  order_no: string | null;
  pay_order_no: string | null;
  ours: OurMove | null;
  named: NamedOrder | null;
  /** The payment of ours that the line says it gives back. */
  origin: { app_id: string; payment_order_id: string } | null;
  /** The same number on an earlier line of the file, or in another file. */
  twin: { day: string; line_no: number } | null;
}

// A refund without a log number is one that an operator said succeeded.
const OURS = [
  paymentsTaken('t.log_no = l.log_no'),
  refundsCarriedOut('r.log_no = l.log_no'),
  refundsCarriedOut('r.log_no IS NULL AND r.out_trade_no = l.order_no'),
].join(' UNION ALL ');

// Only what no number of ours leads to is looked for by the others. OFFSET 0 has PostgreSQL find a line by its number and by nothing
// else: of lines read a moment ago it has no statistics, and would go through the whole file for each.
const COMPARED = `
WITH part AS (
  SELECT * FROM settlement_lines WHERE file_id = $1 AND line_no > $2 AND traded_at >= $4 ORDER BY line_no LIMIT $3)
SELECT l.line_no, l.log_no, l.kind, l.trade_type, l.merchant_no, l.traded_at, l.amount::float8, l.fee::float8, l.settled::float8,
  l.order_no, l.pay_order_no, to_json(o) AS ours, to_json(n) AS named, to_json(g) AS origin, to_json(x) AS twin
FROM part l
  LEFT JOIN LATERAL (
    SELECT kind, app_id, merchant_no, amount, numbers, payment_order_id, refund_order_id FROM (${OURS}) m
    ORDER BY m.kind = l.kind DESC, m.merchant_no = l.merchant_no DESC, m.amount = l.amount DESC LIMIT 1) o ON true
  LEFT JOIN LATERAL (
    SELECT 'payment' AS kind, p.app_id, p.status, p.id AS payment_order_id, NULL::uuid AS refund_order_id
    FROM gateway_attempts a JOIN payment_orders p ON p.id = a.payment_order_id
    WHERE o.kind IS NULL AND l.kind <> 'refund' AND a.out_order_no IN (l.order_no, l.pay_order_no)
    UNION ALL
    SELECT 'refund', r.app_id, r.status, r.payment_order_id, r.id
    FROM refund_orders r WHERE o.kind IS NULL AND r.out_trade_no IN (l.order_no, l.pay_order_no)
    LIMIT 1) n ON true
  LEFT JOIN LATERAL (
    SELECT p.app_id, p.id AS payment_order_id FROM trades t JOIN payment_orders p ON p.id = t.payment_order_id
    WHERE o.kind IS NULL AND t.log_no = l.origin_log_no LIMIT 1) g ON true
  LEFT JOIN LATERAL (
    SELECT f.day::text, y.line_no FROM (SELECT * FROM settlement_lines s WHERE s.log_no = l.log_no OFFSET 0) y
      JOIN settlement_files f ON f.id = y.file_id
    WHERE f.replaced_at IS NULL AND (y.file_id <> l.file_id OR y.line_no < l.line_no)
    ORDER BY f.day, y.line_no LIMIT 1) x ON true
ORDER BY l.line_no`;

/** Lines a statement. */
const PART = 2_000;

/** The lines of a file that are traded from then on, beside our books, a part of them at a time. */
export async function* comparedLines(manager: EntityManager, fileId: string, since: Date | '-infinity'): AsyncGenerator<ComparedLine> {
  let after = 0;
  for (;;) {
    const part = await manager.query<ComparedLine[]>(COMPARED, [fileId, after, PART, since]);
    yield* part;
    const last = part.at(-1);
    if (last === undefined || part.length < PART) return;
    after = last.line_no;
  }
}
