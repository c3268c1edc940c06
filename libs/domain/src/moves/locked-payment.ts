import type { EntityManager } from 'typeorm';
import { GatewayAttempt } from '../entities/gateway-attempt.entity.js';
import { PaymentOrder } from '../entities/payment-order.entity.js';
import { nextPaymentStep, type PaymentStep, type PlannedAttempt } from '../orders/payment-plan.js';

/** A payment order under its row lock, with its attempts (oldest first) and the service's time. */
export interface LockedPayment {
  order: PaymentOrder;
  attempts: GatewayAttempt[];
  nowMs: number;
}

/** Locks the order until the caller's transaction ends: whatever changes it or an attempt of it holds this lock. */
export async function lockPayment(em: EntityManager, orderId: string): Promise<LockedPayment> {
  // No stronger: a new refund holds its trade and then looks this order up by its foreign key. Were it to wait for us, who
  // may be waiting for that trade, neither could go on.
  const order = await em.findOneOrFail(PaymentOrder, { where: { id: orderId }, lock: { mode: 'for_no_key_update' } });
  const attempts = await em.find(GatewayAttempt, { where: { paymentOrderId: orderId }, order: { begunAt: 'ASC', id: 'ASC' } });
  return { order, attempts, nowMs: await serviceNow(em) };
}

/** The service's time, in milliseconds since 1970: PostgreSQL's, never a replica's own. */
export async function serviceNow(em: EntityManager): Promise<number> {
  const [row] = await em.query<{ now: Date }[]>('SELECT loomi_now() AS now');
  if (!row) throw new Error('loomi_now() returned no row');
  return row.now.getTime();
}

/** What is to be done next about a locked payment order, where no page may be asked for before the given time. */
export function planOf({ order, attempts, nowMs }: LockedPayment, noPageBeforeMs = nowMs): PaymentStep {
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

/** When a locked payment order is to be looked at next, and whether nothing at all is to be done before. */
export function nextTurnOf(locked: LockedPayment): { dueAt: Date | null; waits: boolean } {
  const step = planOf(locked);
  return step.do === 'wait' ? { dueAt: optionalDate(step.untilMs), waits: true } : { dueAt: new Date(locked.nowMs), waits: false };
}

/** Sets when the order is to be looked at next, as its plan says, for those who bring news without holding its lease. */
export async function reschedule(em: EntityManager, locked: LockedPayment): Promise<void> {
  await em.query('UPDATE payment_orders SET due_at = $2 WHERE id = $1', [locked.order.id, nextTurnOf(locked).dueAt]);
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
