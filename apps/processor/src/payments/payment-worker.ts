import type { PaymentOrder } from '#domain/entities/payment-order.entity.js';
import { applyPaymentAnswer, type PaymentWord } from '#domain/moves/apply-payment-answer.js';
import { reschedule, type LockedPayment } from '#domain/moves/locked-payment.js';
import type { LakalaGateway } from '../gateway/lakala.gateway.js';
import type { Lease, OrderLeases } from '../leases/order-leases.js';
import type { Moved, OrderJournal } from '../order-journal.js';
import { reasonOf } from '../reason-of.js';
import type { HeldPayment, PaymentCall, PaymentSteps } from './payment-steps.js';
import type { PaymentTurns } from './payment-turns.js';

/** A sound order needs three at most (abandon, create, wait); the rest of a long story goes on at its next turn. */
const MAX_STEPS = 8;

/** Works on one leased payment order until there is nothing to do for now. */
export class PaymentWorker {
  constructor(
    private readonly turns: PaymentTurns,
    private readonly steps: PaymentSteps,
    private readonly gateway: LakalaGateway,
    private readonly journal: OrderJournal,
  ) {}

  /** Leases those of the named orders that are due, with their first steps begun. One that fails stays due. */
  async claim(ids: readonly string[]): Promise<HeldPayment[]> {
    const claimed = await Promise.all(
      ids.map((id) =>
        this.steps.claim(id).catch((error: unknown) => {
          this.journal.failed('payment', id, error);
          return null;
        }),
      ),
    );
    return claimed.filter((held) => held !== null);
  }

  /** Never rejects: what fails is given back with its reason, to be tried again. */
  async work({ first, ...lease }: HeldPayment, leases: OrderLeases): Promise<void> {
    try {
      for (let step = 0; step < MAX_STEPS; step += 1) {
        const next = step === 0 && first ? first : await this.steps.begin(lease);
        if (next.do === 'stop') return;
        if (next.do === 'call' && (await this.carryOut(next, lease))) return;
      }
      await this.steps.giveBack(lease);
    } catch (error) {
      this.journal.failed('payment', lease.id, error);
      await leases.failed(lease, reasonOf(error)).catch((again: unknown) => this.journal.failed('payment', lease.id, again));
    }
  }

  /** Resolves with whether the lease ended with it, since nothing is to be done for now. */
  private async carryOut(call: PaymentCall, lease: Lease): Promise<boolean> {
    const startMs = Date.now();
    try {
      const word =
        call.what === 'create'
          ? await call.create(() => this.gateway.create(call.order, call.attempt))
          : await this.gateway.inquire(call.order, call.attempt, call.closeFirst ? call.nextTurn : null);
      this.journal.called(call.order.id, call.what, word.answer.outcome, startMs);
      return await this.conclude(call, word, lease);
    } finally {
      call.end();
    }
  }

  /**
   * Keeps the answer, whoever holds the lease by now: the order's lock and the attempt's state decide what it is still
   * worth. A page that comes after its attempt was given up is never handed out.
   */
  private async conclude(call: PaymentCall, word: PaymentWord, lease: Lease): Promise<boolean> {
    const { moved, anomalies, isOver } = await this.turns.take(call.order.id, async (locked, batch) => {
      const attempt = locked.attempts.find((candidate) => candidate.id === call.attempt.id);
      if (!attempt) throw new Error(`attempt ${call.attempt.id} is not of order ${call.order.id}`);
      const from = locked.order.status;
      const applied = await applyPaymentAnswer(batch, locked, attempt, word);
      const isOver = endTurn(call, word, locked, lease);
      batch.saveOrder(locked.order);
      return { moved: movesOf(locked.order, from, applied.moves), anomalies: applied.anomalies, isOver };
    });
    this.journal.moved(moved);
    this.journal.found(anomalies, call.order.id);
    return isOver;
  }
}

/**
 * Counts answers that said nothing, for operators, and rechecks that said something, and sets when the order's turn comes
 * next. Ends the lease, if it is still ours, where nothing is to be done before; gives whether it did.
 */
function endTurn(call: PaymentCall, { answer }: PaymentWord, locked: LockedPayment, lease: Lease): boolean {
  const { order } = locked;
  const cause = answer.outcome === 'unknown' || answer.outcome === 'mismatched' ? answer.cause : null;
  const isRecheck = call.what === 'inquire' && call.isRecheck && (answer.outcome !== 'unknown' || answer.signed);
  if (isRecheck) order.rechecks += 1;
  order.failures = cause === null ? 0 : order.failures + 1;
  order.lastError = cause;
  const waits = reschedule(locked);
  const isOver = waits && order.leaseNo === lease.no;
  if (isOver) order.leasedUntil = null;
  return isOver;
}

/** The moves of an order as the journal tells them. */
export function movesOf(
  order: Pick<PaymentOrder, 'id' | 'appId' | 'amount'>,
  from: string,
  moves: readonly { to: string }[],
): Moved[] {
  return moves.map(({ to }, index) => {
    return { kind: 'payment', id: order.id, appId: order.appId, amount: order.amount, from: moves[index - 1]?.to ?? from, to };
  });
}
