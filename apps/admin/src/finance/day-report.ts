import type { EntityManager } from 'typeorm';
import type { ChinaDay } from './china-day.js';
import { csv, strangersText } from './csv.js';
import { MONEY_MOVES_BETWEEN } from './money-moves.js';
import { yuanOf } from './yuan-of.js';

interface Sums {
  app_id: string | null;
  merchant_no: string | null;
  payments: string;
  paid: string;
  unordered: string;
  unordered_paid: string;
  refunds: string;
  refunded: string;
  fees_known: string;
  fee: string;
  anomalies: string;
  unresolved: string;
}

/** In the order they stand in. */
const COLUMNS = [
  'china_date', 'app_id', 'merchant_no', 'payments', 'paid_fen', 'paid_yuan',
  'payments_beside_orders', 'paid_beside_orders_fen', 'paid_beside_orders_yuan', 'refunds', 'refunded_fen', 'refunded_yuan',
  'fees_known', 'fees_fen', 'fees_yuan', 'anomalies_found', 'anomalies_unresolved',
] as const;

export type ReportRow = Record<(typeof COLUMNS)[number], string>;

// A line of a settlement file in force tells the fee of what it names; of two such lines, which are an anomaly, the first.
// OFFSET 0 has it found by its number, also before PostgreSQL has statistics of lines that were just read.
const FEES = `
  SELECT m.*, l.fee FROM moves m LEFT JOIN LATERAL (
    SELECT l.fee FROM (SELECT * FROM settlement_lines s WHERE s.log_no = m.log_no AND s.kind = m.kind OFFSET 0) l
      JOIN settlement_files f ON f.id = l.file_id
    WHERE f.replaced_at IS NULL ORDER BY f.day, l.line_no LIMIT 1) l ON true`;

const SUMS = `
  SELECT app_id, merchant_no,
    count(*) FILTER (WHERE kind = 'payment') AS payments,
    coalesce(sum(amount) FILTER (WHERE kind = 'payment'), 0) AS paid,
    count(*) FILTER (WHERE kind = 'payment' AND NOT pays_order) AS unordered,
    coalesce(sum(amount) FILTER (WHERE kind = 'payment' AND NOT pays_order), 0) AS unordered_paid,
    count(*) FILTER (WHERE kind = 'refund') AS refunds,
    coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS refunded,
    count(fee) AS fees_known, coalesce(sum(fee), 0) AS fee
  FROM with_fees GROUP BY app_id, merchant_no`;

// An anomaly is counted under the merchant of its trade or refund, else of the order's newest attempt, else under none.
const ANOMALIES = `
  SELECT n.app_id, coalesce(t.merchant_no, r.merchant_no, a.merchant_no) AS merchant_no, count(*) AS anomalies,
    count(*) FILTER (WHERE n.resolved_at IS NULL) AS unresolved
  FROM anomalies n
    LEFT JOIN trades t ON t.trade_no = n.trade_no
    LEFT JOIN LATERAL (SELECT o.merchant_no FROM refund_orders f JOIN trades o ON o.trade_no = f.origin_trade_no
      WHERE f.id = n.refund_order_id) r ON true
    LEFT JOIN LATERAL (SELECT g.merchant_no FROM gateway_attempts g WHERE g.payment_order_id = n.payment_order_id
      ORDER BY g.begun_at DESC LIMIT 1) a ON true
  WHERE n.created_at >= $1 AND n.created_at < $2
  GROUP BY 1, 2`;

const REPORT = `
WITH moves AS (${MONEY_MOVES_BETWEEN}), with_fees AS (${FEES}), sums AS (${SUMS}), found AS (${ANOMALIES})
SELECT coalesce(s.app_id, n.app_id) AS app_id, coalesce(s.merchant_no, n.merchant_no) AS merchant_no,
  coalesce(payments, 0)::text AS payments, coalesce(paid, 0)::text AS paid,
  coalesce(unordered, 0)::text AS unordered, coalesce(unordered_paid, 0)::text AS unordered_paid,
  coalesce(refunds, 0)::text AS refunds, coalesce(refunded, 0)::text AS refunded,
  coalesce(fees_known, 0)::text AS fees_known, coalesce(fee, 0)::text AS fee,
  coalesce(anomalies, 0)::text AS anomalies, coalesce(unresolved, 0)::text AS unresolved
FROM sums s FULL JOIN found n
  ON coalesce(s.app_id, '') = coalesce(n.app_id, '') AND coalesce(s.merchant_no, '') = coalesce(n.merchant_no, '')
ORDER BY 1 NULLS LAST, 2 NULLS LAST`;

/** What was paid, refunded and found to be wrong on a day, for each app and merchant. */
export async function dayReport(manager: EntityManager, day: ChinaDay): Promise<ReportRow[]> {
  const rows = await manager.query<Sums[]>(REPORT, [day.from, day.to]);
  return rows.map((row) => reportRow(day, row));
}

function reportRow({ date }: ChinaDay, row: Sums): ReportRow {
  return {
    china_date: date,
    app_id: row.app_id ?? '',
    merchant_no: strangersText(row.merchant_no ?? ''),
    payments: row.payments,
    paid_fen: row.paid,
    paid_yuan: yuanOf(row.paid),
    payments_beside_orders: row.unordered,
    paid_beside_orders_fen: row.unordered_paid,
    paid_beside_orders_yuan: yuanOf(row.unordered_paid),
    refunds: row.refunds,
    refunded_fen: row.refunded,
    refunded_yuan: yuanOf(row.refunded),
    fees_known: row.fees_known,
    fees_fen: row.fee,
    fees_yuan: yuanOf(row.fee),
    anomalies_found: row.anomalies,
    anomalies_unresolved: row.unresolved,
  };
}

/** The report as CSV; a day on which nothing happened has its header. */
export function reportCsv(rows: readonly ReportRow[]): string {
  return csv(COLUMNS, rows);
}
