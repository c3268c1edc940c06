import type { DataSource, EntityManager } from 'typeorm';
import { applyPaymentAnswer, type PaymentWord } from '#domain/moves/apply-payment-answer.js';
import { lockPayment, reschedule } from '#domain/moves/locked-payment.js';
import type { LakalaGateway } from '../gateway/lakala.gateway.js';
import type { Lease, OrderLeases } from '../leases/order-leases.js';
import type { Moved, OrderJournal } from '../order-journal.js';
import { reasonOf } from '../reason-of.js';
import type { PaymentCall, PaymentSteps } from './payment-steps.js';

/** A sound order needs three at most (abandon, create, wait); the rest of a long story goes on at its next turn. */
const MAX_STEPS = 8;

/** Works on one leased payment order until there is nothing to do for now. */
export class PaymentWorker {
  constructor(
    private readonly dataSource: DataSource,
    private readonly steps: PaymentSteps,
    private readonly gateway: LakalaGateway,
    private readonly journal: OrderJournal,
  ) {}

  /** Never rejects: what fails is given back with its reason, to be tried again. */
  async work(lease: Lease, leases: OrderLeases): Promise<void> {
    try {
      for (let step = 0; step < MAX_STEPS; step += 1) {
        const next = await this.steps.begin(lease);
        if (next.do === 'stop') return;
        if (next.do === 'call') await this.carryOut(next);
      }
      await this.steps.giveBack(lease);
    } catch (error) {
      this.journal.failed('payment', lease.id, error);
      await leases.failed(lease, reasonOf(error)).catch((again: unknown) => this.journal.failed('payment', lease.id, again));
    }
  }

  private async carryOut(call: PaymentCall): Promise<void> {
    try {
      const word =
        call.what === 'create'
          ? await call.create(() => this.gateway.create(call.order, call.attempt))
          : await this.gateway.inquire(call.order, call.attempt, call.closeFirst ? call.nextTurn : null);
      await this.conclude(call, word);
    } finally {
      call.end();
    }
  }

  /**
   * Keeps the answer, whoever holds the lease by now: the order's lock and the attempt's state decide what it is still
   * worth. A page that comes after its attempt was given up is never handed out.
   */
  private async conclude(call: PaymentCall, word: PaymentWord): Promise<void> {
    const { moved, anomalies } = await this.dataSource.transaction(async (em) => {
      const locked = await lockPayment(em, call.order.id);
      const attempt = locked.attempts.find((candidate) => candidate.id === call.attempt.id);
      if (!attempt) throw new Error(`attempt ${call.attempt.id} is not of order ${call.order.id}`);
      const from = locked.order.status;
      const applied = await applyPaymentAnswer(em, locked, attempt, word);
      locked.order.rechecks += await noteAnswer(em, call, word);
      await reschedule(em, locked);
      return { moved: movesOf(locked.order, from, applied.moves), anomalies: applied.anomalies };
    });
    this.journal.moved(moved);
    this.journal.found(anomalies, call.order.id);
  }
}

/** Counts answers that said nothing, for operators, and rechecks that said something; returns how many of those. */
async function noteAnswer(em: EntityManager, call: PaymentCall, { answer }: PaymentWord): Promise<number> {
  const cause = answer.outcome === 'unknown' || answer.outcome === 'mismatched' ? answer.cause : null;
  const recheck = call.what === 'inquire' && call.isRecheck && (answer.outcome !== 'unknown' || answer.signed);
  await em.query(
    `UPDATE payment_orders SET failures = CASE WHEN $2::text IS NULL THEN 0 ELSE failures + 1 END, last_error = $2,
       rechecks = rechecks + $3 WHERE id = $1`,
    [call.order.id, cause, recheck ? 1 : 0],
  );
  return recheck ? 1 : 0;
}

/** The moves of an order as the journal tells them. */
export function movesOf(
  order: { id: string; appId: string },
  from: string,
  moves: readonly { to: string }[],
): Moved[] {
  return moves.map(({ to }, index) => {
    return { kind: 'payment', id: order.id, appId: order.appId, from: moves[index - 1]?.to ?? from, to };
  });
}
