import type { EntityManager } from 'typeorm';
import type { Evidence } from '../entities/evidence.js';
import type { GatewayAttempt } from '../entities/gateway-attempt.entity.js';
import type { LakalaCallback, PaymentOrder } from '../entities/payment-order.entity.js';
import { isFinalPayment } from '../orders/payment-moves.js';
import type { AnomalyFinding, PaidTrade, PaymentAnswer } from '../orders/gateway-answer.js';
import { resolvePayment, type PaymentBefore, type PaymentMove, type PaymentResolution } from '../orders/resolve-payment.js';
import { decideByChoice, latePaymentChoice } from './late-payments.js';
import type { LockedPayment } from './locked-payment.js';
import { movePayment } from './move-payment.js';
import { recordAnomaly } from './record-anomaly.js';
import type { HeardWord } from './record-word.js';
import { resolveAnomaly } from './resolve-anomaly.js';
import type { WriteBatch } from './write-batch.js';

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
 * Applies the gateway's word to a locked payment order, by way of the caller's batch: attempt, trades, proof, moves with
 * their events, anomalies, and what the app's choice makes of a late payment. `locked` is brought up to date. Applying the
 * same word again changes nothing, unless an operator has `accepted` a late payment that it tells of.
 */
export async function applyPaymentAnswer(
  batch: WriteBatch,
  locked: LockedPayment,
  attempt: GatewayAttempt,
  word: PaymentWord,
  accepted?: AcceptedTrade,
): Promise<AppliedPayment> {
  const { order } = locked;
  for (const heard of word.heard) batch.hear(attempt.id, heard);
  const resolution = resolvePayment(await before(batch.em, locked, word.answer, accepted), attempt.state, word.answer);
  // A message that says otherwise may lie in the inbox: it is read before the order fails.
  if (resolution.moves.some((move) => move.to === 'failed') && (await locked.hasUnreadNews())) {
    return { moves: [], anomalies: [] };
  }
  changeAttempt(batch, locked, attempt, resolution, word.answer);
  for (const trade of resolution.trades) bookTrade(batch, locked, attempt, trade);
  if (!isFinalPayment(order.status) || resolution.moves.length > 0) changeCallback(batch, locked, word.callback);
  const anomalies = await recordFindings(batch, order, resolution, word.evidence);
  for (const move of resolution.moves) await prove(batch, locked, attempt, move, word.evidence);
  for (const { key, chosen } of resolution.anomalies) {
    if (chosen === 'accept') await resolveAnomaly(batch.em, { key }, accepted?.resolution ?? 'accepted, as the app had chosen');
  }
  return { moves: resolution.moves, anomalies };
}

/** Before the moves: a late payment is accepted only on the record of that choice. */
async function recordFindings(
  batch: WriteBatch,
  order: PaymentOrder,
  resolution: PaymentResolution,
  evidence: Evidence | null,
): Promise<AnomalyFinding[]> {
  if (resolution.anomalies.length === 0) return [];
  // What is decided about a trade reads it from the books.
  await batch.flush();
  const subject = { appId: order.appId, paymentOrderId: order.id, refundOrderId: null };
  const recorded: AnomalyFinding[] = [];
  for (const finding of resolution.anomalies) {
    const id = await recordAnomaly(batch.em, finding, subject, evidence);
    if (id === null) continue;
    recorded.push(finding);
    if (finding.chosen) await decideByChoice(batch.em, id, finding.chosen);
  }
  return recorded;
}

async function before(
  em: EntityManager,
  { order, booked, nowMs }: LockedPayment,
  answer: PaymentAnswer,
  accepted: AcceptedTrade | undefined,
): Promise<PaymentBefore> {
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

function changeAttempt(
  batch: WriteBatch,
  { nowMs }: LockedPayment,
  attempt: GatewayAttempt,
  { attempt: next }: PaymentResolution,
  answer: PaymentAnswer,
): void {
  batch.changeAttempt(attempt, attempt.state);
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
}

function bookTrade(batch: WriteBatch, { order, booked }: LockedPayment, attempt: GatewayAttempt, trade: PaidTrade): void {
  const { tradeNo, logNo, accTradeNo, payMode, paidAt } = trade;
  if (booked.some((known) => known.tradeNo === tradeNo)) return;
  booked.push({ tradeNo, refundReserved: 0 });
  const merchantNo = trade.merchantNo ?? attempt.merchantNo;
  const termNo = trade.termNo ?? attempt.termNo;
  const of = { orderId: order.id, attemptId: attempt.id, amount: order.amount };
  batch.bookTrade({ tradeNo, logNo, accTradeNo, payMode, paidAt, merchantNo, termNo, ...of });
}

/** After the end only the word that ended it stays, so this is for orders that are open or move now. */
function changeCallback(batch: WriteBatch, { order, nowMs }: LockedPayment, callback: LakalaCallback | null): void {
  if (callback === null) return;
  order.lakalaCallback = callback;
  order.updatedAt = new Date(nowMs);
  batch.saveOrder(order);
}

async function prove(
  batch: WriteBatch,
  locked: LockedPayment,
  attempt: GatewayAttempt,
  move: PaymentMove,
  evidence: Evidence | null,
): Promise<void> {
  const { id: subjectId, amount } = locked.order;
  // A late success is proven by what was kept with its anomaly; the proof of the failure stays as it is.
  const late = move.to === 'succeeded' && move.late === true;
  if (move.to !== 'processing' && !late) {
    if (evidence === null) throw new Error(`payment order ${subjectId} cannot be ${move.to} without the gateway's signed word`);
    batch.prove({ subjectId, subject: 'payment', status: move.to, amount, proof: { by: 'gateway', attemptId: attempt.id, evidence } });
  }
  await movePayment(batch, locked, move);
}
