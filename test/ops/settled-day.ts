import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import type pg from 'pg';

/** In China. */
export const DAY = '2026-03-01';
const HEADER =
  '商户编号|交易日期|交易时间|终端号|分支机构|交易类型|拉卡拉流水号|原拉卡拉流水号|卡号|支付渠道|银行名称|交易金额(分)|手续费(分)|结算金额(分)|商户订单号|支付订单号|外部流水号|系统参考号|备注|支付方式';

const PAYMENTS = `
WITH numbered AS MATERIALIZED (
  SELECT n, uuidv7() AS id, uuidv7() AS attempt_id, CASE WHEN n % 2 = 0 THEN 'shop' ELSE 'books' END AS app_id,
    CASE WHEN n % 2 = 0 THEN 'M1' ELSE 'M2' END AS merchant_no,
    ($3 || 'T00:00:00+08:00')::timestamptz + n * interval '86400 seconds' / ($1::integer + 1) AS at
  FROM generate_series(1, $1::integer + $2::integer) n),
orders AS (
  INSERT INTO payment_orders (id, app_id, merchant_order_id, status, order_type, amount, subject, expires_in, expires_at, gateway_transaction_id, due_at)
  SELECT id, app_id, 'O-' || n, CASE WHEN n > $1 THEN 'processing' ELSE 'succeeded' END, 'payment', 100 + n, 'x', 1800, at + interval '30 minutes',
    CASE WHEN n > $1 THEN NULL ELSE 'T' || n END, NULL FROM numbered),
attempts AS (
  INSERT INTO gateway_attempts (id, payment_order_id, out_order_no, state, merchant_no, term_no, amount, pay_order_no)
  SELECT attempt_id, id, replace(attempt_id::text, '-', ''), 'payable', merchant_no, 'T1', 100 + n, 'P' || n FROM numbered)
INSERT INTO trades (trade_no, payment_order_id, attempt_id, log_no, merchant_no, term_no, amount, paid_at, refund_reserved)
SELECT 'T' || n, id, attempt_id, '66' || lpad(n::text, 12, '0'), merchant_no, 'T1', 100 + n, at, 0 FROM numbered WHERE n <= $1`;

const REFUNDS = `
INSERT INTO refund_orders (id, app_id, payment_order_id, origin_trade_no, out_trade_no, amount, status, gateway_refund_id, log_no, refunded_at, due_at)
SELECT f.id, p.app_id, p.id, t.trade_no, replace(f.id::text, '-', ''), 50, 'succeeded', 'R' || n, '67' || lpad(n::text, 12, '0'),
  ($2 || 'T12:00:00+08:00')::timestamptz + n * interval '1 second', NULL
FROM generate_series(1, $1::integer) n
  CROSS JOIN LATERAL (SELECT uuidv7() AS id WHERE n > 0) f
  JOIN trades t ON t.trade_no = 'T' || n JOIN payment_orders p ON p.id = t.payment_order_id`;

/** Books of a day: so many payments, evenly over it, some refunds about noon, and orders that are still open. */
export async function writeDay(owner: pg.Client, counts: { payments: number; refunds: number; open: number }): Promise<void> {
  await owner.query("INSERT INTO apps (app_id) VALUES ('shop'), ('books')");
  // What the guards ask of each row has tests of its own, and takes minutes for so many.
  await owner.query("SET session_replication_role = 'replica'");
  await owner.query(PAYMENTS, [counts.payments, counts.open, DAY]);
  await owner.query(REFUNDS, [counts.refunds, DAY]);
  await owner.query('RESET session_replication_role');
  await owner.query('ANALYZE');
}

/** A line of a settlement file, column by column. Amounts are fen. */
export interface SettledLine {
  merchantNo: string;
  /** `yyyyMMddHHmmss` in China time. */
  time: string;
  type: string;
  logNo: string;
  amount: number;
  fee: number;
  settled: number;
  orderNo: string;
}

const LINES = `
SELECT m.* FROM (
  SELECT t.merchant_no AS "merchantNo", to_char(t.paid_at AT TIME ZONE 'UTC' + interval '8 hours', 'YYYYMMDDHH24MISS') AS time, '消费' AS type,
    t.log_no AS "logNo", t.amount::integer AS amount, 1 AS fee, t.amount::integer - 1 AS settled, a.out_order_no AS "orderNo"
  FROM trades t JOIN gateway_attempts a ON a.id = t.attempt_id
  UNION ALL
  SELECT t.merchant_no, to_char(r.refunded_at AT TIME ZONE 'UTC' + interval '8 hours', 'YYYYMMDDHH24MISS'), '退货',
    r.log_no, -r.amount::integer, 0, -r.amount::integer, r.out_trade_no
  FROM refund_orders r JOIN trades t ON t.trade_no = r.origin_trade_no) m
WHERE m."logNo" > $1 ORDER BY m."logNo" LIMIT 10000`;

/** The lines that Lakala would write of these books, by log number. */
export async function* linesOfBooks(owner: pg.Client): AsyncGenerator<SettledLine> {
  let after = '';
  for (;;) {
    const { rows } = await owner.query<SettledLine>(LINES, [after]);
    yield* rows;
    after = rows.at(-1)?.logNo ?? '';
    if (after === '') return;
  }
}

/** Writes a settlement file. */
export async function writeSettlement(path: string, lines: AsyncIterable<SettledLine> | Iterable<SettledLine>): Promise<void> {
  const file = createWriteStream(path);
  file.write(`${HEADER}\n`);
  for await (const { merchantNo, time, type, logNo, amount, fee, settled, orderNo } of lines) {
    const cells = [merchantNo, time.slice(0, 8), time.slice(8), 'T1', '', type, logNo, '', '', 'ALIPAY', '', amount, fee, settled, orderNo, '', '', '', '', ''];
    if (!file.write(`${cells.join('|')}\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}
