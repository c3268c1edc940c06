import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { GatewayAttempt } from '#domain/entities/gateway-attempt.entity.js';
import type { PaymentOrder } from '#domain/entities/payment-order.entity.js';
import type { PaymentWord } from '#domain/moves/apply-payment-answer.js';
import { optionalDate, planOf, type LockedPayment } from '#domain/moves/locked-payment.js';
import { movePayment } from '#domain/moves/move-payment.js';
import type { WriteBatch } from '#domain/moves/write-batch.js';
import type { Failure } from '#domain/orders/gateway-answer.js';
import type { PaymentStep } from '#domain/orders/payment-plan.js';
import type { CreateBreaker } from '../gateway/create-breaker.js';
import type { GatewayBudget } from '../gateway/gateway-budget.js';
import type { GatewayAccount, SubmittedAttempt } from '../gateway/lakala.gateway.js';
import { LEASE_SECONDS, type Lease } from '../leases/order-leases.js';
import type { Moved, OrderJournal } from '../order-journal.js';
import type { PaymentTurns } from './payment-turns.js';

/** How long an order waits for a page while none may be asked for, and for a message that is still unread. */
const SHORT_WAIT_MS = 1_000;
/** A lease that has as much left of its minute is as good as new. */
const FRESH_LEASE_MS = 50_000;

interface CallOfAttempt {
  do: 'call';
  order: PaymentOrder;
  attempt: SubmittedAttempt;
  /** Gives the budget back; called once the answer was dealt with. */
  end(): void;
}

/** A call to be made now, with no transaction open; that it was begun is committed. */
export type PaymentCall =
  | (CallOfAttempt & { what: 'create'; create(call: () => Promise<PaymentWord>): Promise<PaymentWord> })
  | (CallOfAttempt & { what: 'inquire'; closeFirst: boolean; isRecheck: boolean; nextTurn: () => Promise<void> });

/** A lease on a payment order, and its first step where that was begun in the same transaction. */
export interface HeldPayment extends Lease {
  first?: BegunStep;
}

export type BegunStep = PaymentCall | { do: 'again'; moved?: Moved[] } | { do: 'stop' };

/** Begins the next step of a leased order: one short transaction that says what was begun, and the call to make, if any. */
export class PaymentSteps {
  constructor(
    private readonly work: { dataSource: DataSource; turns: PaymentTurns },
    private readonly limits: { budget: GatewayBudget; breaker: CreateBreaker },
    private readonly defaultAccount: GatewayAccount,
    private readonly journal: OrderJournal,
  ) {}

  async begin(lease: Lease): Promise<BegunStep> {
    return this.committed((turn) =>
      this.work.turns.take(lease.id, (locked, batch) => turn(async () => {
        const isOurs = locked.order.leaseNo === lease.no;
        return isOurs ? this.take(batch, locked, planOf(locked)) : { do: 'stop' };
      })),
    );
  }

  /** Leases an order that is due and begins its first step; null where it is not due, or somebody works on it. */
  async claim(orderId: string): Promise<HeldPayment | null> {
    let no = 0;
    const first = await this.committed((turn) =>
      this.work.turns.takeIfFree(orderId, (locked, batch) => turn(async () => {
        if (!isFree(locked)) return null;
        no = lease(batch, locked);
        return this.take(batch, locked, planOf(locked));
      })),
    );
    return first && { id: orderId, no, first };
  }

  /** Ends the lease with the order due at once. */
  async giveBack(lease: Lease): Promise<void> {
    await this.work.dataSource.query(
      'UPDATE payment_orders SET leased_until = NULL, due_at = loomi_now() WHERE id = $1 AND lease_no = $2',
      [lease.id, lease.no],
    );
  }

  /** What was begun, once it is committed. Where it is not, nobody will make the call, and its place is given back. */
  private async committed<Begun extends BegunStep | null>(
    take: (turn: (begin: () => Promise<Begun>) => Promise<Begun>) => Promise<Begun>,
  ): Promise<Begun> {
    let begun: Begun | undefined;
    const forget = (): void => void (begun?.do === 'call' && begun.end());
    try {
      const step = await take(async (begin) => {
        forget();
        begun = undefined;
        begun = await begin();
        return begun;
      });
      if (step?.do === 'again' && step.moved) this.journal.moved(step.moved);
      return step;
    } catch (error) {
      forget();
      throw error;
    }
  }

  private async take(batch: WriteBatch, locked: LockedPayment, step: PaymentStep): Promise<BegunStep> {
    switch (step.do) {
      case 'wait':
        return wait(batch, locked.order, step.untilMs);
      case 'abandon':
        return abandon(batch, locked, step.attemptId);
      case 'fail':
        return this.fail(batch, locked, step.failure);
      case 'submit':
        return this.submit(batch, locked);
      case 'inquire':
        return this.inquire(batch, locked, step);
      default:
        return step satisfies never;
    }
  }

  private async fail(batch: WriteBatch, locked: LockedPayment, failure: Failure): Promise<BegunStep> {
    const { order, attempts, nowMs } = locked;
    if (await locked.hasUnreadNews()) return wait(batch, order, nowMs + SHORT_WAIT_MS);
    const reason = `${failure.message}; attempts: ${attempts.map((attempt) => attempt.state).join(', ') || 'none'}`;
    const { id, appId, amount, status: from } = order;
    batch.prove({ subjectId: id, subject: 'payment', status: 'failed', amount, proof: { by: 'never_payable', reason } });
    await movePayment(batch, locked, { to: 'failed', failure });
    return { do: 'again', moved: [{ kind: 'payment', id, appId, amount, from, to: 'failed' }] };
  }

  private async submit(batch: WriteBatch, locked: LockedPayment): Promise<BegunStep> {
    const { order, nowMs } = locked;
    const { budget, breaker } = this.limits;
    const permit = budget.takeCreate();
    // A page of an earlier attempt that nobody has is to be closed all the same.
    if (!permit) return this.take(batch, locked, planOf(locked, nowMs + SHORT_WAIT_MS));
    const attempt = newAttempt(locked, this.defaultAccount);
    batch.beginAttempt(attempt);
    renew(batch, locked);
    return { do: 'call', what: 'create', order, attempt, create: (call) => breaker.run(call), end: () => permit.end() };
  }

  private inquire(batch: WriteBatch, locked: LockedPayment, step: Extract<PaymentStep, { do: 'inquire' }>): BegunStep {
    const { order, nowMs } = locked;
    const attempt = attemptOf(locked, step.attemptId);
    const { budget } = this.limits;
    if (!budget.takeQuestion()) return stayInLine(batch, order);
    batch.changeAttempt(attempt, attempt.state);
    attempt.lastInquiredAt = new Date(nowMs);
    renew(batch, locked);
    const isRecheck = attempt.over && order.status === 'failed';
    const call = { do: 'call', what: 'inquire', order, attempt, closeFirst: step.closeFirst, isRecheck } as const;
    return { ...call, nextTurn: () => budget.questionTurn(), end: () => undefined };
  }
}

function wait(batch: WriteBatch, order: PaymentOrder, untilMs: number | null): BegunStep {
  order.leasedUntil = null;
  order.dueAt = optionalDate(untilMs);
  batch.saveOrder(order);
  return { do: 'stop' };
}

/** Its turn comes again before that of all who were due later. */
function stayInLine(batch: WriteBatch, order: PaymentOrder): BegunStep {
  order.leasedUntil = null;
  batch.saveOrder(order);
  return { do: 'stop' };
}

function abandon(batch: WriteBatch, locked: LockedPayment, attemptId: string): BegunStep {
  const attempt = attemptOf(locked, attemptId);
  batch.changeAttempt(attempt, attempt.state);
  attempt.state = 'abandoned';
  return { do: 'again' };
}

/** It is due, and nobody works on it. */
function isFree({ order: { dueAt, leasedUntil }, nowMs }: LockedPayment): boolean {
  return dueAt !== null && dueAt.getTime() <= nowMs && (leasedUntil === null || leasedUntil.getTime() <= nowMs);
}

/** Gives the number of the new lease. */
function lease(batch: WriteBatch, { order, nowMs }: LockedPayment): number {
  order.leaseNo += 1;
  order.leasedUntil = new Date(nowMs + LEASE_SECONDS * 1_000);
  batch.saveOrder(order);
  return order.leaseNo;
}

function renew(batch: WriteBatch, { order, nowMs }: LockedPayment): void {
  if ((order.leasedUntil?.getTime() ?? 0) - nowMs >= FRESH_LEASE_MS) return;
  order.leasedUntil = new Date(nowMs + LEASE_SECONDS * 1_000);
  batch.saveOrder(order);
}

function newAttempt({ order, account, nowMs }: LockedPayment, defaultAccount: GatewayAccount): GatewayAttempt {
  const { merchantNo, termNo } = account ?? defaultAccount;
  const id = uuidv7();
  return {
    id,
    paymentOrderId: order.id,
    outOrderNo: id.replaceAll('-', ''),
    state: 'begun',
    over: false,
    merchantNo,
    termNo,
    amount: order.amount,
    payOrderNo: null,
    refusalDefinite: null,
    refusalCode: null,
    refusalMessage: null,
    lastInquiredAt: null,
    hintedAt: null,
    lastError: null,
    begunAt: new Date(nowMs),
  };
}

function attemptOf({ order, attempts }: LockedPayment, id: string): GatewayAttempt {
  const attempt = attempts.find((candidate) => candidate.id === id);
  if (!attempt) throw new Error(`order ${order.id} has no attempt ${id}`);
  return attempt;
}
