import type { EntityManager } from 'typeorm';
import type { Evidence } from '../entities/evidence.js';
import type { GatewayAttempt } from '../entities/gateway-attempt.entity.js';
import type { LakalaCallback, PaymentOrder } from '../entities/payment-order.entity.js';
import { Trade } from '../entities/trade.entity.js';
import { isFinalPayment } from '../orders/payment-moves.js';
import type { AnomalyFinding, PaidTrade, PaymentAnswer } from '../orders/gateway-answer.js';
import { resolvePayment, type PaymentBefore, type PaymentMove, type PaymentResolution } from '../orders/resolve-payment.js';
import { decideByChoice, latePaymentChoice } from './late-payments.js';
import type { LockedPayment } from './locked-payment.js';
import { movePayment } from './move-payment.js';
import { recordAnomaly } from './record-anomaly.js';
import { recordGatewayOutcome } from './record-outcome.js';
import { recordWord, type HeardWord } from './record-word.js';
import { resolveAnomaly } from './resolve-anomaly.js';

/** Ten minutes past an order's expiry Lakala's word about an open page is the last one (docs/lakala.md, order states). */
const LAST_WORD_MS = 600_000;

/** What the gateway said about one attempt, what it means, and the signed message that says so. */
export interface PaymentWord {
  answer: PaymentAnswer;
  callback: LakalaCallback | null;
  /** Absent where nothing signed arrived. */
  evidence: Evidence | null;
  /** What was said, for people who ask later, in the order it came. */
  heard: readonly HeardWord[];
}

export interface AppliedPayment {
  moves: readonly PaymentMove[];
  anomalies: readonly AnomalyFinding[];
}

/** An operator's decision that one late payment is accepted, whatever its app chose. */
export interface AcceptedTrade {
  tradeNo: string;
  /** How its anomaly is said to be resolved. */
  resolution: string;
}

/**
 * Applies the gateway's word to a locked payment order in the caller's transaction: attempt, trades, proof, moves with
 * their events, anomalies, and what the app's choice makes of a late payment. `locked` is brought up to date. Applying the
 * same word again changes nothing, unless an operator has `accepted` a late payment that it tells of.
 */
export async function applyPaymentAnswer(
  em: EntityManager,
  locked: LockedPayment,
  attempt: GatewayAttempt,
  word: PaymentWord,
  accepted?: AcceptedTrade,
): Promise<AppliedPayment> {
  const { order } = locked;
  for (const heard of word.heard) await recordWord(em, attempt.id, heard);
  const resolution = resolvePayment(await before(em, locked, word.answer, accepted), attempt.state, word.answer);
  if (resolution.moves.some((move) => move.to === 'failed') && (await hasUnreadNews(em, locked.attempts))) {
    return { moves: [], anomalies: [] };
  }
  await changeAttempt(em, locked, attempt, resolution, word.answer);
  for (const trade of resolution.trades) await recordTrade(em, order, attempt, trade);
  if (!isFinalPayment(order.status) || resolution.moves.length > 0) await changeCallback(em, order, word.callback);
  const anomalies = await recordFindings(em, order, resolution, word.evidence);
  for (const move of resolution.moves) await prove(em, order, attempt, move, word.evidence);
  if (order.status === 'failed') order.failedAt ??= new Date(locked.nowMs);
  for (const { key, chosen } of resolution.anomalies) {
    if (chosen === 'accept') await resolveAnomaly(em, { key }, accepted?.resolution ?? 'accepted, as the app had chosen');
  }
  return { moves: resolution.moves, anomalies };
}

/** Before the moves: a late payment is accepted only on the record of that choice. */
async function recordFindings(
  em: EntityManager,
  order: PaymentOrder,
  resolution: PaymentResolution,
  evidence: Evidence | null,
): Promise<AnomalyFinding[]> {
  const subject = { appId: order.appId, paymentOrderId: order.id, refundOrderId: null };
  const recorded: AnomalyFinding[] = [];
  for (const finding of resolution.anomalies) {
    const id = await recordAnomaly(em, finding, subject, evidence);
    if (id === null) continue;
    recorded.push(finding);
    if (finding.chosen) await decideByChoice(em, id, finding.chosen);
  }
  return recorded;
}

async function before(
  em: EntityManager,
  { order, nowMs }: LockedPayment,
  answer: PaymentAnswer,
  accepted: AcceptedTrade | undefined,
): Promise<PaymentBefore> {
  const booked = answer.outcome === 'paid' ? await bookedTrades(em, order) : [];
  const choice = answer.outcome === 'paid' && order.status === 'failed' ? await latePaymentChoice(em, order.appId) : 'hold';
  const expiresAtMs = order.expiresAt.getTime();
  return {
    id: order.id,
    status: order.status,
    closeRequested: order.closeRequestedAt !== null,
    expired: expiresAtMs <= nowMs,
    longExpired: expiresAtMs + LAST_WORD_MS <= nowMs,
    tradeNo: order.gatewayTransactionId,
    refundReservedFen: booked.reduce((sum, trade) => sum + trade.refundReserved, 0),
    knownTrades: booked.map((trade) => trade.tradeNo).filter((tradeNo) => tradeNo !== accepted?.tradeNo),
    latePayment: accepted ? 'accept' : choice,
  };
}

async function bookedTrades(em: EntityManager, { id }: PaymentOrder): Promise<Trade[]> {
  return em.findBy(Trade, { paymentOrderId: id });
}

/** A message that says otherwise may lie in the inbox: it is read before the order fails. */
export async function hasUnreadNews(em: EntityManager, attempts: readonly GatewayAttempt[]): Promise<boolean> {
  const rows = await em.query<unknown[]>(
    'SELECT 1 FROM notifications WHERE out_order_no = ANY($1) AND applied_at IS NULL LIMIT 1',
    [attempts.map((attempt) => attempt.outOrderNo)],
  );
  return rows.length > 0;
}

async function changeAttempt(
  em: EntityManager,
  { nowMs }: LockedPayment,
  attempt: GatewayAttempt,
  { attempt: next }: PaymentResolution,
  answer: PaymentAnswer,
): Promise<void> {
  const stateBefore = attempt.state;
  attempt.state = next.state;
  attempt.over = attempt.over || next.over;
  attempt.lastError = answer.outcome === 'unknown' || answer.outcome === 'mismatched' ? answer.cause : null;
  if (answer.outcome === 'payable') {
    attempt.payOrderNo = answer.payOrderNo;
    // A page that came too late is closed at once: it is payable at Lakala, and nobody must ever get it.
    if (next.state !== 'payable') attempt.hintedAt = new Date(nowMs);
  }
  if (answer.outcome === 'refused' && next.state === 'refused') {
    attempt.refusalDefinite = answer.definite;
    attempt.refusalCode = answer.code;
    attempt.refusalMessage = answer.message;
  }
  const [, changed] = await em.query<[unknown, number]>(
    `UPDATE gateway_attempts SET state = $3, over = $4, pay_order_no = $5, refusal_definite = $6, refusal_code = $7,
       refusal_message = $8, hinted_at = $9, last_error = $10 WHERE id = $1 AND state = $2`,
    [
      attempt.id,
      stateBefore,
      attempt.state,
      attempt.over,
      attempt.payOrderNo,
      attempt.refusalDefinite,
      attempt.refusalCode,
      attempt.refusalMessage,
      attempt.hintedAt,
      attempt.lastError,
    ],
  );
  if (changed !== 1) throw new Error(`attempt ${attempt.id} is not ${stateBefore} any more`);
}

async function recordTrade(em: EntityManager, order: PaymentOrder, attempt: GatewayAttempt, trade: PaidTrade): Promise<void> {
  const booked = await em.query<{ payment_order_id: string }[]>(
    `INSERT INTO trades (trade_no, payment_order_id, attempt_id, log_no, merchant_no, term_no, acc_trade_no, pay_mode,
       amount, paid_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT ON CONSTRAINT trades_pk DO NOTHING
     RETURNING payment_order_id`,
    [
      trade.tradeNo,
      order.id,
      attempt.id,
      trade.logNo,
      trade.merchantNo ?? attempt.merchantNo,
      trade.termNo ?? attempt.termNo,
      trade.accTradeNo,
      trade.payMode,
      order.amount,
      trade.paidAt,
    ],
  );
  if (booked.length > 0) return;
  const [row] = await em.query<{ payment_order_id: string }[]>('SELECT payment_order_id FROM trades WHERE trade_no = $1', [
    trade.tradeNo,
  ]);
  if (row?.payment_order_id !== order.id) {
    throw new Error(`trade ${trade.tradeNo} is booked on order ${row?.payment_order_id}, not on ${order.id}`);
  }
}

/** After the end only the word that ended it stays, so this is for orders that are open or move now. */
async function changeCallback(em: EntityManager, order: PaymentOrder, callback: LakalaCallback | null): Promise<void> {
  if (callback === null) return;
  order.lakalaCallback = callback;
  await em.query('UPDATE payment_orders SET lakala_callback = $2, updated_at = loomi_now() WHERE id = $1', [
    order.id,
    JSON.stringify(callback),
  ]);
}

async function prove(
  em: EntityManager,
  order: PaymentOrder,
  attempt: GatewayAttempt,
  move: PaymentMove,
  evidence: Evidence | null,
): Promise<void> {
  // A late success is proven by what was kept with its anomaly; the proof of the failure stays as it is.
  const late = move.to === 'succeeded' && move.late === true;
  if (move.to !== 'processing' && !late) {
    if (evidence === null) throw new Error(`payment order ${order.id} cannot be ${move.to} without the gateway's signed word`);
    const ended = { subjectId: order.id, subject: 'payment', status: move.to, amount: order.amount } as const;
    await recordGatewayOutcome(em, ended, attempt.id, evidence);
  }
  await movePayment(em, order, move);
}
