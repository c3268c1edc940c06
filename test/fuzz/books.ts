import type pg from 'pg';

/** What money and events hang on, row by row; not what the processor notes of its own work. */
const BOOKS: Readonly<Record<string, string>> = {
  'payment order': `SELECT id AS key, concat_ws('|', status, amount, gateway_transaction_id, paid_at, failed_at, failure_code, refunded_amount, event_seq, close_requested_at) AS row FROM payment_orders`,
  'refund order': `SELECT id AS key, concat_ws('|', status, amount, gateway_refund_id, failure_code, event_seq) AS row FROM refund_orders`,
  trade: `SELECT trade_no AS key, concat_ws('|', payment_order_id, amount, refund_reserved) AS row FROM trades`,
  outcome: `SELECT subject_id AS key, concat_ws('|', status, amount, proof, md5(raw)) AS row FROM outcomes`,
  event: `SELECT id AS key, concat_ws('|', subject_id, seq, fields) AS row FROM events`,
};

export type Books = ReadonlyMap<string, string>;

/** The books of the whole service at this moment. */
export async function readBooks(owner: pg.Pool): Promise<Books> {
  const books = new Map<string, string>();
  for (const [kind, sql] of Object.entries(BOOKS)) {
    const { rows } = await owner.query<{ key: string; row: string }>(sql);
    for (const { key, row } of rows) books.set(`${kind} ${key}`, row);
  }
  return books;
}

/** Every row that is new, gone or another. */
export function bookDifferences(before: Books, after: Books): string[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys]
    .filter((key) => before.get(key) !== after.get(key))
    .map((key) => `${key}: was ${before.get(key) ?? 'not there'}, is ${after.get(key) ?? 'gone'}`);
}
