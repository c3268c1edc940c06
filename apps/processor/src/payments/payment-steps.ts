import type { DataSource, EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { App } from '#domain/entities/app.entity.js';
import type { PaymentOrder } from '#domain/entities/payment-order.entity.js';
import { hasUnreadNews, type PaymentWord } from '#domain/moves/apply-payment-answer.js';
import { lockPayment, optionalDate, planOf, type LockedPayment } from '#domain/moves/locked-payment.js';
import { movePayment } from '#domain/moves/move-payment.js';
import { recordNeverPayable } from '#domain/moves/record-outcome.js';
import type { Failure } from '#domain/orders/gateway-answer.js';
import type { PaymentStep } from '#domain/orders/payment-plan.js';
import type { CreateBreaker } from '../gateway/create-breaker.js';
import type { GatewayBudget } from '../gateway/gateway-budget.js';
import type { GatewayAccount, SubmittedAttempt } from '../gateway/lakala.gateway.js';
import { LEASE_SECONDS, type Lease } from '../leases/order-leases.js';
import type { OrderJournal } from '../order-journal.js';

/** How long an order waits for a page while none may be asked for, and for a message that is still unread. */
const SHORT_WAIT_MS = 1_000;

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

export type BegunStep = PaymentCall | { do: 'again' } | { do: 'stop' };

/** Begins the next step of a leased order: one short transaction that says what was begun, and the call to make, if any. */
export class PaymentSteps {
  constructor(
    private readonly dataSource: DataSource,
    private readonly limits: { budget: GatewayBudget; breaker: CreateBreaker },
    private readonly defaultAccount: GatewayAccount,
    private readonly journal: OrderJournal,
  ) {}

  async begin(lease: Lease): Promise<BegunStep> {
    const committed: (() => void)[] = [];
    let begun: BegunStep | undefined;
    try {
      await this.dataSource.transaction(async (em) => {
        const locked = await lockPayment(em, lease.id);
        const isOurs = locked.order.leaseNo === lease.no;
        begun = isOurs ? await this.take(em, locked, planOf(locked), committed) : { do: 'stop' };
      });
    } catch (error) {
      // Not committed, so nobody will make the call: its place would be lost for good.
      if (begun?.do === 'call') begun.end();
      throw error;
    }
    for (const tell of committed) tell();
    return begun ?? { do: 'stop' };
  }

  /** Ends the lease with the order due at once. */
  async giveBack(lease: Lease): Promise<void> {
    await this.dataSource.query(
      'UPDATE payment_orders SET leased_until = NULL, due_at = loomi_now() WHERE id = $1 AND lease_no = $2',
      [lease.id, lease.no],
    );
  }

  private async take(
    em: EntityManager,
    locked: LockedPayment,
    step: PaymentStep,
    committed: (() => void)[],
  ): Promise<BegunStep> {
    switch (step.do) {
      case 'wait':
        return this.wait(em, locked.order, step.untilMs);
      case 'abandon':
        await em.query(`UPDATE gateway_attempts SET state = 'abandoned' WHERE id = $1 AND state = 'begun'`, [step.attemptId]);
        return { do: 'again' };
      case 'fail':
        return this.fail(em, locked, step.failure, committed);
      case 'submit':
        return this.submit(em, locked, committed);
      case 'inquire':
        return this.inquire(em, locked, step);
      default:
        return step satisfies never;
    }
  }

  private async wait(em: EntityManager, order: PaymentOrder, untilMs: number | null): Promise<BegunStep> {
    await em.query('UPDATE payment_orders SET leased_until = NULL, due_at = $2 WHERE id = $1', [order.id, optionalDate(untilMs)]);
    return { do: 'stop' };
  }

  /** Its turn comes again before that of all who were due later. */
  private async stayInLine(em: EntityManager, order: PaymentOrder): Promise<BegunStep> {
    await em.query('UPDATE payment_orders SET leased_until = NULL WHERE id = $1', [order.id]);
    return { do: 'stop' };
  }

  private async fail(
    em: EntityManager,
    locked: LockedPayment,
    failure: Failure,
    committed: (() => void)[],
  ): Promise<BegunStep> {
    const { order, attempts, nowMs } = locked;
    if (await hasUnreadNews(em, attempts)) return this.wait(em, order, nowMs + SHORT_WAIT_MS);
    const reason = `${failure.message}; attempts: ${attempts.map((attempt) => attempt.state).join(', ') || 'none'}`;
    await recordNeverPayable(em, order.id, order.amount, reason);
    const from = order.status;
    await movePayment(em, order, { to: 'failed', failure });
    committed.push(() => this.journal.moved([{ kind: 'payment', id: order.id, appId: order.appId, from, to: 'failed' }]));
    return { do: 'again' };
  }

  private async submit(em: EntityManager, locked: LockedPayment, committed: (() => void)[]): Promise<BegunStep> {
    const { order, nowMs } = locked;
    const { budget, breaker } = this.limits;
    const permit = budget.takeCreate();
    // A page of an earlier attempt that nobody has is to be closed all the same.
    if (!permit) return this.take(em, locked, planOf(locked, nowMs + SHORT_WAIT_MS), committed);
    try {
      const attempt = await this.beginAttempt(em, order);
      await this.renew(em, order.id);
      return { do: 'call', what: 'create', order, attempt, create: (call) => breaker.run(call), end: () => permit.end() };
    } catch (error) {
      permit.end();
      throw error;
    }
  }

  private async beginAttempt(em: EntityManager, order: PaymentOrder): Promise<SubmittedAttempt> {
    const app = await em.findOneByOrFail(App, { appId: order.appId });
    const { merchantNo, termNo } = this.defaultAccount;
    const id = uuidv7();
    const attempt: SubmittedAttempt = {
      id,
      outOrderNo: id.replaceAll('-', ''),
      merchantNo: app.merchantNo ?? merchantNo,
      termNo: app.termNo ?? termNo,
      amount: order.amount,
    };
    await em.query(
      `INSERT INTO gateway_attempts (id, payment_order_id, out_order_no, merchant_no, term_no, amount)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [id, order.id, attempt.outOrderNo, attempt.merchantNo, attempt.termNo, attempt.amount],
    );
    return attempt;
  }

  private async inquire(
    em: EntityManager,
    { order, attempts }: LockedPayment,
    step: Extract<PaymentStep, { do: 'inquire' }>,
  ): Promise<BegunStep> {
    const attempt = attempts.find((candidate) => candidate.id === step.attemptId);
    if (!attempt) throw new Error(`order ${order.id} has no attempt ${step.attemptId}`);
    const { budget } = this.limits;
    if (!budget.takeQuestion()) return this.stayInLine(em, order);
    await em.query('UPDATE gateway_attempts SET last_inquired_at = loomi_now() WHERE id = $1', [attempt.id]);
    await this.renew(em, order.id);
    const isRecheck = attempt.over && order.status === 'failed';
    const call = { do: 'call', what: 'inquire', order, attempt, closeFirst: step.closeFirst, isRecheck } as const;
    return { ...call, nextTurn: () => budget.questionTurn(), end: () => undefined };
  }

  private async renew(em: EntityManager, orderId: string): Promise<void> {
    await em.query(
      `UPDATE payment_orders SET leased_until = loomi_now() + make_interval(secs => ${LEASE_SECONDS}) WHERE id = $1`,
      [orderId],
    );
  }
}
