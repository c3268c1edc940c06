import { createPublicKey, verify, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import type { LedgerOrder as ListedOrder } from '../e2e/lakala-sandbox.ts';
import type { ChaosStack } from './chaos-stack.ts';

export interface LedgerOrder extends ListedOrder {
  notifications: { made: number; lost: number; deliveries: number; acknowledged: number; waiting: number };
}

export interface PaymentRow {
  id: string;
  app_id: string;
  merchant_order_id: string;
  status: string;
  amount: number;
  gateway_transaction_id: string | null;
  refunded_amount: number;
  failures: number;
  last_error: string | null;
}

export interface RefundRow {
  id: string;
  app_id: string;
  payment_order_id: string;
  merchant_refund_id: string | null;
  out_trade_no: string;
  status: string;
  amount: number;
  gateway_refund_id: string | null;
  sends: number;
  asked: boolean;
  last_error: string | null;
}

export interface EventRow {
  id: string;
  kind: 'payment' | 'refund';
  subject_id: string;
  seq: number;
  app_id: string;
  fields: Record<string, string>;
  entry_id: string | null;
  /** Young enough to be on its stream whatever Redis lost: an emptied stream gets back the last hour at least. */
  recent: boolean;
}

/** What our tables hold, as plain facts. */
export interface Rows {
  payments: PaymentRow[];
  refunds: RefundRow[];
  attempts: { payment_order_id: string; out_order_no: string; state: string }[];
  /** In the order of their numbers. */
  events: EventRow[];
  anomalies: { kind: string; payment_order_id: string | null; refund_order_id: string | null; detail: string }[];
  notifications: { out_order_no: string; applied: boolean }[];
  notificationKeys: number;
}

const QUERIES = {
  payments: `SELECT id, app_id, merchant_order_id, status, amount::float8, gateway_transaction_id, refunded_amount::float8,
    failures, last_error FROM payment_orders`,
  refunds: `SELECT id, app_id, payment_order_id, merchant_refund_id, out_trade_no, status, amount::float8, gateway_refund_id,
    sends, last_asked_at IS NOT NULL AS asked, last_error FROM refund_orders`,
  attempts: 'SELECT payment_order_id, out_order_no, state FROM gateway_attempts',
  events: `SELECT id, kind, subject_id, seq, app_id, fields, entry_ms || '-' || entry_seq AS entry_id,
    created_at > loomi_now() - interval '50 minutes' AS recent FROM events ORDER BY position`,
  anomalies: 'SELECT kind, payment_order_id, refund_order_id, detail FROM anomalies WHERE resolved_at IS NULL',
  notifications: 'SELECT out_order_no, applied_at IS NOT NULL AS applied FROM notifications',
};

export async function readRows(books: pg.Pool): Promise<Rows> {
  const read = async <Row>(sql: string): Promise<Row[]> => (await books.query(sql)).rows as Row[];
  const [keys] = await read<{ count: string }>('SELECT count(*) AS count FROM notification_keys');
  return {
    payments: await read(QUERIES.payments),
    refunds: await read(QUERIES.refunds),
    attempts: await read(QUERIES.attempts),
    events: await read(QUERIES.events),
    anomalies: await read(QUERIES.anomalies),
    notifications: await read(QUERIES.notifications),
    notificationKeys: Number(keys?.count),
  };
}

/** The whole of Lakala's books. */
export async function readLedger(sandboxUrl: string): Promise<LedgerOrder[]> {
  const answer = await fetch(`${sandboxUrl}/control/ledger`);
  if (!answer.ok) throw new Error(`the sandbox shows no ledger: ${answer.status}`);
  return ((await answer.json()) as { orders: LedgerOrder[] }).orders;
}

export interface Proofs {
  /** The orders and refunds whose end is proven. */
  proven: Set<string>;
  /** What is wrong with the others' proof. */
  flaws: string[];
}

interface OutcomeRow {
  subject_id: string;
  proof: string;
  raw: Buffer;
  signed_text_prefix: string;
  signature: string;
}

const PAGE = 500;

/** Checks every proof that was kept, with Lakala's own certificate and nothing of the service's code. */
export async function checkProofs({ books, sandboxFolder }: ChaosStack): Promise<Proofs> {
  const pem = readFileSync(join(sandboxFolder, 'platform-certificate.pem'));
  const key = createPublicKey(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'pem' }));
  const proofs: Proofs = { proven: new Set(), flaws: [] };
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const { rows } = await books.query<OutcomeRow>(
      `SELECT subject_id, proof, raw, signed_text_prefix, signature FROM outcomes WHERE subject_id > $1 ORDER BY subject_id LIMIT ${PAGE}`,
      [after],
    );
    for (const row of rows) {
      if (row.proof !== 'gateway' || isSigned(row, key)) proofs.proven.add(row.subject_id);
      else proofs.flaws.push(`the proof of ${row.subject_id} bears no signature of Lakala's`);
    }
    const last = rows.at(-1);
    if (last === undefined) return proofs;
    after = last.subject_id;
  }
}

function isSigned({ raw, signed_text_prefix: prefix, signature }: OutcomeRow, key: KeyObject): boolean {
  const signed = Buffer.concat([Buffer.from(prefix), raw, Buffer.from('\n')]);
  return verify('RSA-SHA256', signed, key, Buffer.from(signature, 'base64'));
}
