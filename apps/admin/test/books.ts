import { readFileSync } from 'node:fs';
import type { Client } from 'pg';
import { v7 as uuidv7 } from 'uuid';

const VECTORS = new URL('../../../test/fixtures/lakala-vectors/', import.meta.url);
const read = (name: string): Buffer => readFileSync(new URL(name, VECTORS));

/** A genuine message of Lakala's test platform, whose body names its payer. */
export function genuineEvidence() {
  const header = read('notify-cashier-2025/authorization.txt').toString();
  const attribute = (name: string): string => new RegExp(`${name}="([^"]+)"`).exec(header)?.[1] ?? '';
  return {
    raw: read('notify-cashier-2025/body.json'),
    prefix: `${attribute('timestamp')}\n${attribute('nonce_str')}\n`,
    signature: attribute('signature'),
    certificate: read('test-platform.cer').toString(),
  };
}

export interface WrittenOrder {
  id: string;
  attemptId: string;
  outOrderNo: string;
}

/** A payment order with its page, written as the services write it. */
export async function writeProcessingOrder(
  owner: Client,
  { appId, merchantOrderId, amount = 10_000 }: { appId: string; merchantOrderId: string; amount?: number },
): Promise<WrittenOrder> {
  const id = uuidv7();
  const attemptId = uuidv7();
  const outOrderNo = attemptId.replaceAll('-', '');
  await owner.query(
    `INSERT INTO payment_orders (id, app_id, merchant_order_id, order_type, amount, subject, expires_in, expires_at)
     VALUES ($1, $2, $3, 'payment', $4, 'a book', 1800, loomi_now() + interval '30 minutes')`,
    [id, appId, merchantOrderId, amount],
  );
  await owner.query(
    `INSERT INTO gateway_attempts (id, payment_order_id, out_order_no, state, merchant_no, term_no, amount)
     VALUES ($1, $2, $3, 'payable', '82229007392000A', 'D9296381', $4)`,
    [attemptId, id, outOrderNo, amount],
  );
  await owner.query(`UPDATE payment_orders SET status = 'processing', payment_url = 'https://pay.example/page' WHERE id = $1`, [id]);
  return { id, attemptId, outOrderNo };
}

/** Ends it as paid, with a genuine signed message as its proof. */
export async function writeSuccess(
  owner: Client,
  { id, attemptId }: WrittenOrder,
  { tradeNo, logNo }: { tradeNo: string; logNo: string },
): Promise<void> {
  const { raw, prefix, signature, certificate } = genuineEvidence();
  await owner.query(
    `INSERT INTO outcomes (subject_id, subject, status, amount, proof, attempt_id, source, raw, signed_text_prefix, signature, certificate)
     SELECT id, 'payment', 'succeeded', amount, 'gateway', $2, 'notification', $3, $4, $5, $6 FROM payment_orders WHERE id = $1`,
    [id, attemptId, raw, prefix, signature, certificate],
  );
  await owner.query(
    `INSERT INTO trades (trade_no, payment_order_id, attempt_id, log_no, merchant_no, term_no, amount)
     SELECT $2, id, $3, $4, '82229007392000A', 'D9296381', amount FROM payment_orders WHERE id = $1`,
    [id, tradeNo, attemptId, logNo],
  );
  await owner.query(
    `UPDATE payment_orders SET status = 'succeeded', gateway_transaction_id = $2, paid_at = loomi_now(), due_at = NULL WHERE id = $1`,
    [id, tradeNo],
  );
  await owner.query(
    `INSERT INTO events (id, kind, subject_id, seq, app_id, fields)
     SELECT $2, 'payment', id, 1, app_id, jsonb_build_object('new_status', status) FROM payment_orders WHERE id = $1`,
    [id, uuidv7()],
  );
}

/** A refund of a paid order, as the API leaves it. Gives its id. */
export async function writeRefund(owner: Client, order: WrittenOrder, amount: number): Promise<string> {
  const id = uuidv7();
  await owner.query('UPDATE trades SET refund_reserved = refund_reserved + $2 WHERE payment_order_id = $1', [order.id, amount]);
  await owner.query(
    `INSERT INTO refund_orders (id, app_id, payment_order_id, origin_trade_no, out_trade_no, amount)
     SELECT $2::uuid, app_id, id, gateway_transaction_id, replace($2::uuid::text, '-', ''), $3 FROM payment_orders WHERE id = $1`,
    [order.id, id, amount],
  );
  return id;
}

/** A message of the inbox that nobody has applied yet. Gives its id. */
export async function writeNotification(owner: Client, outOrderNo: string): Promise<string> {
  const id = uuidv7();
  const { raw, prefix, signature, certificate } = genuineEvidence();
  await owner.query(
    `INSERT INTO notifications (id, out_order_no, raw, signed_text_prefix, signature, certificate) VALUES ($1, $2, $3, $4, $5, $6)`,
    [id, outOrderNo, raw, prefix, signature, certificate],
  );
  return id;
}

/** A contradiction found on an order, with the evidence that names the payer. Gives its id. */
export async function writeAnomaly(owner: Client, kind: string, paymentOrderId: string | null): Promise<string> {
  const id = uuidv7();
  await owner.query(
    `INSERT INTO anomalies (id, kind, dedupe_key, payment_order_id, detail, raw) VALUES ($1, $2, $3, $4, 'seen twice', $5)`,
    [id, kind, id, paymentOrderId, genuineEvidence().raw],
  );
  return id;
}

export interface SaidWord {
  call: string;
  outcome: string;
  seq?: number;
  code?: string;
  state?: string;
  trades?: string;
  message?: string;
  times?: number;
  lastAt?: string;
}

/** Something Lakala says now of an attempt or a refund. */
export async function writeWord(owner: Client, subjectId: string, { call, outcome, seq = 1, times = 1, ...said }: SaidWord): Promise<void> {
  await owner.query(
    `INSERT INTO gateway_words (subject_id, call, seq, outcome, code, state, trades, message, trace_id, times, first_at, last_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'trace-1', $9, loomi_now(), coalesce($10, loomi_now()))`,
    [subjectId, call, seq, outcome, said.code, said.state, said.trades, said.message, times, said.lastAt],
  );
}

export interface WrittenFailure {
  code: string;
  message: string;
  /** Why no page of it was ever handed out; without it Lakala's signed word is the proof. */
  reason?: string;
}

/** Ends it unpaid, with its proof. */
export async function writeFailure(owner: Client, { id, attemptId }: WrittenOrder, { code, message, reason }: WrittenFailure): Promise<void> {
  const { raw, prefix, signature, certificate } = genuineEvidence();
  const state = reason === undefined ? 'payable' : 'refused';
  await owner.query('UPDATE gateway_attempts SET state = $2, over = true WHERE id = $1', [attemptId, state]);
  if (reason === undefined) {
    await owner.query(
      `INSERT INTO outcomes (subject_id, subject, status, amount, proof, attempt_id, source, raw, signed_text_prefix, signature, certificate)
       SELECT id, 'payment', 'failed', amount, 'gateway', $2, 'query', $3, $4, $5, $6 FROM payment_orders WHERE id = $1`,
      [id, attemptId, raw, prefix, signature, certificate],
    );
  } else {
    await owner.query(
      `INSERT INTO outcomes (subject_id, subject, status, amount, proof, reason)
       SELECT id, 'payment', 'failed', amount, 'never_payable', $2 FROM payment_orders WHERE id = $1`,
      [id, reason],
    );
  }
  await owner.query(
    `UPDATE payment_orders SET status = 'failed', failure_code = $2, failure_message = $3, failed_at = loomi_now() WHERE id = $1`,
    [id, code, message],
  );
}

/** Fails the order, as closed at Lakala, and has a payment of it come in late. Gives the id of the anomaly. */
export async function writeLatePayment(owner: Client, order: WrittenOrder, tradeNo: string): Promise<string> {
  const { raw, prefix, signature, certificate } = genuineEvidence();
  const message = [raw, prefix, signature, certificate];
  await owner.query(
    `INSERT INTO outcomes (subject_id, subject, status, amount, proof, attempt_id, source, raw, signed_text_prefix, signature, certificate)
     SELECT id, 'payment', 'failed', amount, 'gateway', $2, 'query', $3, $4, $5, $6 FROM payment_orders WHERE id = $1`,
    [order.id, order.attemptId, ...message],
  );
  await owner.query("UPDATE payment_orders SET status = 'failed', failure_code = 'closed', failed_at = loomi_now() WHERE id = $1", [order.id]);
  return writeExtraTrade(owner, order, { kind: 'paid_late', tradeNo });
}

/** One more paid trade of an order, with the anomaly that it makes. Gives the anomaly's id. */
export async function writeExtraTrade(
  owner: Client,
  { id, attemptId }: WrittenOrder,
  { kind, tradeNo }: { kind: 'paid_late' | 'paid_twice'; tradeNo: string },
): Promise<string> {
  await owner.query(
    `INSERT INTO trades (trade_no, payment_order_id, attempt_id, log_no, merchant_no, term_no, amount)
     SELECT $2, id, $3, $2, '82229007392000A', 'D9296381', amount FROM payment_orders WHERE id = $1`,
    [id, tradeNo, attemptId],
  );
  const { raw, prefix, signature, certificate } = genuineEvidence();
  const anomalyId = uuidv7();
  await owner.query(
    `INSERT INTO anomalies (id, kind, dedupe_key, app_id, payment_order_id, detail, source, raw, signed_text_prefix, signature, certificate)
     SELECT $1, $2, $2 || ':' || $3, app_id, id, 'paid too late, or twice', 'notification', $5, $6, $7, $8 FROM payment_orders WHERE id = $4`,
    [anomalyId, kind, tradeNo, id, raw, prefix, signature, certificate],
  );
  return anomalyId;
}

/** An anomaly that says Lakala's answers about a refund are unclear. Gives its id. */
export async function writeUnclearRefund(owner: Client, refundId: string): Promise<string> {
  await owner.query("UPDATE refund_orders SET status = 'processing', sends = 1, last_sent_at = loomi_now(), due_at = NULL WHERE id = $1", [refundId]);
  const id = uuidv7();
  await owner.query(
    `INSERT INTO anomalies (id, kind, dedupe_key, app_id, payment_order_id, refund_order_id, detail)
     SELECT $1, 'refund_unclear', 'refund_unclear:' || id, app_id, payment_order_id, id, 'EXCEPTION' FROM refund_orders WHERE id = $2`,
    [id, refundId],
  );
  return id;
}
