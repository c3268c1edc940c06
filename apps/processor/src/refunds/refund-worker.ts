import type { DataSource, EntityManager } from 'typeorm';
import { RefundOrder } from '#domain/entities/refund-order.entity.js';
import { Trade } from '#domain/entities/trade.entity.js';
import { applyRefundAnswer, type RefundWord } from '#domain/moves/apply-refund-answer.js';
import { optionalDate, serviceNow } from '#domain/moves/locked-payment.js';
import { moveRefund } from '#domain/moves/move-refund.js';
import { planOfRefund } from '#domain/moves/plan-of-refund.js';
import type { WriteBatch } from '#domain/moves/write-batch.js';
import type { GatewayBudget } from '../gateway/gateway-budget.js';
import type { LakalaGateway } from '../gateway/lakala.gateway.js';
import { inBatch } from '../in-batch.js';
import { LEASE_SECONDS, type Lease, type OrderLeases } from '../leases/order-leases.js';
import type { Moved, OrderJournal } from '../order-journal.js';
import { reasonOf } from '../reason-of.js';

/** A send and a question; the rest goes on at its next turn. */
const MAX_STEPS = 4;

interface RefundRules {
  budget: GatewayBudget;
  /** Whether a refund that Lakala does not know may be sent again under its number. */
  mayResend: boolean;
}

type BegunStep = { do: 'send' | 'ask'; refund: RefundOrder; trade: Trade; moved: Moved[] } | { do: 'stop' };

/** Works on one leased refund order until there is nothing to do for now. */
export class RefundWorker {
  constructor(
    private readonly dataSource: DataSource,
    private readonly gateway: LakalaGateway,
    private readonly rules: RefundRules,
    private readonly journal: OrderJournal,
  ) {}

  /** Never rejects: what fails is given back with its reason, to be tried again. */
  async work(lease: Lease, leases: OrderLeases): Promise<void> {
    try {
      for (let step = 0; step < MAX_STEPS; step += 1) {
        const next = await this.begin(lease);
        if (next.do === 'stop') return;
        this.journal.moved(next.moved);
        const startMs = Date.now();
        const word = await this.gateway[next.do === 'send' ? 'refund' : 'inquireRefund'](next.refund, next.trade);
        this.journal.called(lease.id, next.do === 'send' ? 'refund' : 'refund_query', word.answer.outcome, startMs);
        await this.conclude(lease, word);
      }
      await this.dataSource.query(
        'UPDATE refund_orders SET leased_until = NULL, due_at = loomi_now() WHERE id = $1 AND lease_no = $2',
        [lease.id, lease.no],
      );
    } catch (error) {
      this.journal.failed('refund', lease.id, error);
      await leases.failed(lease, reasonOf(error)).catch((again: unknown) => this.journal.failed('refund', lease.id, again));
    }
  }

  /** One short transaction that says what was begun: a send is counted before it is made. */
  private async begin(lease: Lease): Promise<BegunStep> {
    return inBatch(this.dataSource, async (batch) => {
      const { em } = batch;
      const refund = await lockRefund(em, lease.id);
      if (refund.leaseNo !== lease.no) return { do: 'stop' };
      const nowMs = await serviceNow(em);
      const step = planOfRefund(refund, this.rules.mayResend, nowMs);
      if (step.do === 'wait') return this.wait(em, refund, step.untilMs);
      if (!this.rules.budget.takeQuestion()) return this.stayInLine(em, refund);
      const moved = step.do === 'send' ? await countSend(batch, refund) : await noteQuestion(em, refund);
      const trade = await em.findOneByOrFail(Trade, { tradeNo: refund.originTradeNo });
      return { do: step.do, refund, trade, moved };
    });
  }

  private async wait(em: EntityManager, refund: RefundOrder, untilMs: number | null): Promise<BegunStep> {
    await em.query('UPDATE refund_orders SET leased_until = NULL, due_at = $2 WHERE id = $1', [refund.id, optionalDate(untilMs)]);
    return { do: 'stop' };
  }

  /** Its turn comes again before that of all who were due later. */
  private async stayInLine(em: EntityManager, refund: RefundOrder): Promise<BegunStep> {
    await em.query('UPDATE refund_orders SET leased_until = NULL WHERE id = $1', [refund.id]);
    return { do: 'stop' };
  }

  /** Keeps the answer whoever holds the lease by now: the row's state and its count of sends decide what it proves. */
  private async conclude(lease: Lease, word: RefundWord): Promise<void> {
    const { refund, from, applied } = await inBatch(this.dataSource, async (batch) => {
      const locked = await lockRefund(batch.em, lease.id);
      const before = locked.status;
      return { refund: locked, from: before, applied: await applyRefundAnswer(batch, locked, word) };
    });
    const to = applied.move?.to;
    if (to) this.journal.moved([{ ...namesOf(refund), from, to }]);
    this.journal.found(applied.anomalies, refund.id);
  }
}

function namesOf({ id, appId, amount }: RefundOrder): Omit<Moved, 'from' | 'to'> {
  return { kind: 'refund', id, appId, amount };
}

async function lockRefund(em: EntityManager, id: string): Promise<RefundOrder> {
  return em.findOneOrFail(RefundOrder, { where: { id }, lock: { mode: 'pessimistic_write' } });
}

async function countSend(batch: WriteBatch, refund: RefundOrder): Promise<Moved[]> {
  refund.sends += 1;
  await batch.em.query(
    `UPDATE refund_orders SET sends = $2, last_sent_at = loomi_now(), unknown_since_send = 0,
       leased_until = loomi_now() + make_interval(secs => ${LEASE_SECONDS}) WHERE id = $1`,
    [refund.id, refund.sends],
  );
  if (refund.status !== 'pending') return [];
  await moveRefund(batch, refund, { to: 'processing' });
  return [{ ...namesOf(refund), from: 'pending', to: 'processing' }];
}

async function noteQuestion(em: EntityManager, refund: RefundOrder): Promise<Moved[]> {
  await em.query(
    `UPDATE refund_orders SET last_asked_at = loomi_now(),
       leased_until = loomi_now() + make_interval(secs => ${LEASE_SECONDS}) WHERE id = $1`,
    [refund.id],
  );
  return [];
}
