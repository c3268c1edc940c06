import type { EntityManager } from 'typeorm';
import { leastIdSince, timeOfId } from '#platform/ids/id-times.js';
import { GatewayAttempt } from '../entities/gateway-attempt.entity.js';
import { PaymentOrder } from '../entities/payment-order.entity.js';
import { PlainRows } from '../entities/plain-rows.js';
import { nextPaymentStep, type PaymentStep, type PlannedAttempt } from '../orders/payment-plan.js';

/** A trade of the books: what our refunds hold of it, in fen. */
export interface BookedTrade {
  tradeNo: string;
  refundReserved: number;
}

/** A payment order under its row lock, with its attempts (oldest first), its trades and the service's time. */
export interface LockedPayment {
  order: PaymentOrder;
  attempts: GatewayAttempt[];
  booked: BookedTrade[];
  /** The app's own merchant and terminal at the gateway; null: the configured ones. */
  account: { merchantNo: string; termNo: string } | null;
  nowMs: number;
  /**
   * Whether a message about it lies unread in the inbox. Asked for all orders of the transaction together, by whoever asks
   * first: the question opens every partition of the inbox since the oldest of their attempts.
   */
  hasUnreadNews(): Promise<boolean>;
}

/** More than the clocks of two processes ever do: both ids and messages have the time of whoever made them. */
const CLOCKS_DIFFER_MS = 86_400_000;

/** Whether to wait for orders that somebody else has locked, or to leave them out. */
export type WhenLocked = 'wait' | 'skip';

/**
 * Locks the orders until the caller's transaction ends: whatever changes one or an attempt of it holds this lock. Gives
 * them by their ids.
 */
export async function lockPayments(
  em: EntityManager,
  orderIds: readonly string[],
  whenLocked: WhenLocked,
): Promise<Map<string, LockedPayment>> {
  const orders = PlainRows.of(em, PaymentOrder);
  // In one order everywhere: two replicas that wait for each other's rows would wait for ever. No stronger lock: a new
  // refund holds its trade and then looks this order up by its foreign key. Were it to wait for us, who may be waiting for
  // that trade, neither could go on.
  const locking = em.query<Record<string, unknown>[]>(
    `SELECT ${orders.columns}, apps.merchant_no AS "ownMerchantNo", apps.term_no AS "ownTermNo"
     FROM payment_orders JOIN apps ON apps.app_id = payment_orders.app_id
     WHERE payment_orders.id = ANY($1) ORDER BY payment_orders.id
     FOR NO KEY UPDATE OF payment_orders ${whenLocked === 'skip' ? 'SKIP LOCKED' : ''}`,
    [orderIds],
  );
  // A statement of its own, run once the locks are held: it sees what their holders before us have committed.
  const [rows, { nowMs, attempts }] = await Promise.all([locking, readAttempts(em, orderIds)]);
  const unread = unreadAbout(em, attempts.map(({ attempt }) => attempt));
  return new Map(
    rows.map((row) => {
      const order = orders.read(row);
      const found = attempts.filter(({ attempt }) => attempt.paymentOrderId === order.id);
      const own = found.map(({ attempt }) => attempt);
      const hasUnreadNews = async (): Promise<boolean> => {
        const outOrderNos = own.length > 0 ? await unread() : new Set<string>();
        return own.some(({ outOrderNo }) => outOrderNos.has(outOrderNo));
      };
      return [order.id, { order, account: accountOf(row), nowMs, attempts: own, booked: found[0]?.booked ?? [], hasUnreadNews }];
    }),
  );
}

/** Which of the attempts have a message in the inbox that nobody has read; asks the database once, when it is first called. */
function unreadAbout(em: EntityManager, attempts: readonly GatewayAttempt[]): () => Promise<Set<string>> {
  let asked: Promise<Set<string>> | undefined;
  const ask = async (): Promise<Set<string>> => {
    const rows = await em.query<{ outOrderNo: string }[]>(
      'SELECT out_order_no AS "outOrderNo" FROM notifications WHERE out_order_no = ANY($1) AND id >= $2 AND applied_at IS NULL',
      [attempts.map(({ outOrderNo }) => outOrderNo), leastMessageId(attempts)],
    );
    return new Set(rows.map(({ outOrderNo }) => outOrderNo));
  };
  return () => (asked ??= ask());
}

/**
 * Below the id of any message about the attempts: Lakala hears of an attempt once it is there, and a message with another
 * time than ours is not taken. The inbox is divided by the times in the ids, of which 90 days are kept.
 */
function leastMessageId(attempts: readonly GatewayAttempt[]): string {
  // An id that tells no time has every message looked at.
  return leastIdSince(Math.min(...attempts.map(({ id }) => timeOfId(id) ?? 0)) - CLOCKS_DIFFER_MS);
}

/** Locks one order, however long somebody else holds it. */
export async function lockPayment(em: EntityManager, orderId: string): Promise<LockedPayment> {
  const locked = (await lockPayments(em, [orderId], 'wait')).get(orderId);
  if (!locked) throw new Error(`there is no payment order ${orderId}`);
  return locked;
}

function accountOf({ ownMerchantNo, ownTermNo }: Record<string, unknown>): LockedPayment['account'] {
  return typeof ownMerchantNo === 'string' && typeof ownTermNo === 'string' ? { merchantNo: ownMerchantNo, termNo: ownTermNo } : null;
}

async function readAttempts(
  em: EntityManager,
  orderIds: readonly string[],
): Promise<{ nowMs: number; attempts: { attempt: GatewayAttempt; booked: BookedTrade[] }[] }> {
  const attempts = PlainRows.of(em, GatewayAttempt);
  const rows = await em.query<Record<string, unknown>[]>(
    `SELECT clock.now, ${attempts.columns}, (
       SELECT json_agg(json_build_object('tradeNo', t.trade_no, 'refundReserved', t.refund_reserved))
       FROM trades t WHERE t.payment_order_id = gateway_attempts.payment_order_id) AS booked
     FROM (SELECT loomi_now() AS now) clock LEFT JOIN gateway_attempts ON payment_order_id = ANY($1)
     ORDER BY gateway_attempts.begun_at, gateway_attempts.id`,
    [orderIds],
  );
  const now = rows[0]?.['now'];
  if (!(now instanceof Date)) throw new Error('loomi_now() gave no time');
  const found = rows.filter((row) => row['id'] !== null);
  return {
    nowMs: now.getTime(),
    attempts: found.map((row) => ({ booked: (row['booked'] ?? []) as BookedTrade[], attempt: attempts.read(row) })),
  };
}

/** The service's time, in milliseconds since 1970: PostgreSQL's, never a replica's own. */
export async function serviceNow(em: EntityManager): Promise<number> {
  const [row] = await em.query<{ now: Date }[]>('SELECT loomi_now() AS now');
  if (!row) throw new Error('loomi_now() returned no row');
  return row.now.getTime();
}

/** What is to be done next about a locked payment order, where no page may be asked for before the given time. */
export function planOf(
  { order, attempts, nowMs }: Pick<LockedPayment, 'order' | 'attempts' | 'nowMs'>,
  noPageBeforeMs = nowMs,
): PaymentStep {
  return nextPaymentStep(
    {
      status: order.status,
      expiresAtMs: order.expiresAt.getTime(),
      closeRequestedAtMs: order.closeRequestedAt?.getTime() ?? null,
      failedAtMs: order.failedAt?.getTime() ?? null,
      rechecks: order.rechecks,
      attempts: attempts.map(planned),
    },
    nowMs,
    noPageBeforeMs,
  );
}

/**
 * Sets when a locked payment order is to be looked at next, as its plan says. Gives whether nothing at all is to be done
 * before. The caller saves the order.
 */
export function reschedule(locked: LockedPayment): boolean {
  const step = planOf(locked);
  locked.order.dueAt = step.do === 'wait' ? optionalDate(step.untilMs) : new Date(locked.nowMs);
  return step.do === 'wait';
}

/** A fraction of an id's own, so that what began together is not asked about together. */
export function jitterOf(id: string): number {
  return Number.parseInt(id.slice(-4), 16) / 0x10000;
}

export function optionalDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}

function planned(attempt: GatewayAttempt): PlannedAttempt {
  const { refusalCode, refusalDefinite, refusalMessage } = attempt;
  return {
    id: attempt.id,
    state: attempt.state,
    over: attempt.over,
    begunAtMs: attempt.begunAt.getTime(),
    lastInquiredAtMs: attempt.lastInquiredAt?.getTime() ?? null,
    hintedAtMs: attempt.hintedAt?.getTime() ?? null,
    jitter: jitterOf(attempt.id),
    refusal:
      refusalCode === null
        ? null
        : { definite: refusalDefinite ?? false, code: refusalCode, message: refusalMessage ?? '' },
  };
}
