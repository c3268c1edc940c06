import type { DataSource, EntityManager } from 'typeorm';
import { Anomaly } from '#domain/entities/anomaly.entity.js';
import { StoredDecision } from '#domain/entities/decision.entity.js';
import { OperatorAct } from '#domain/entities/operator-act.entity.js';
import type { WriteBatch } from '#domain/moves/write-batch.js';
import { inBatch } from '../in-batch.js';
import type { OrderJournal } from '../order-journal.js';
import { reasonOf } from '../reason-of.js';
import { acceptLatePayment, refundTrade, type CarriedOut } from './payment-decisions.js';
import { endRefund } from './refund-decisions.js';

const BATCH = 20;

/** Carries out what operators decided about anomalies, each decision in one transaction, each once. */
export class DecisionExecutor {
  constructor(
    private readonly dataSource: DataSource,
    private readonly journal: OrderJournal,
  ) {}

  /** One pass over the decisions that are due; resolves with how many were looked at. */
  async runOnce(): Promise<number> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      'SELECT id FROM decisions WHERE carried_out_at IS NULL AND due_at <= loomi_now() ORDER BY due_at LIMIT $1',
      [BATCH],
    );
    for (const { id } of rows) await this.work(id);
    return rows.length;
  }

  /** Never rejects: what fails stays due with its reason, to be tried again. */
  private async work(id: string): Promise<void> {
    try {
      const done = await inBatch(this.dataSource, (batch) => this.carryOut(batch, id));
      if (!done) return;
      this.journal.moved(done.moved);
      this.journal.found(done.anomalies, id);
    } catch (error) {
      this.journal.failed('decision', id, error);
      await this.giveBack(id, error).catch((again: unknown) => this.journal.failed('decision', id, again));
    }
  }

  /** Null where somebody else carries it out, or has, or where it has to wait. */
  private async carryOut(batch: WriteBatch, id: string): Promise<CarriedOut | null> {
    const { em } = batch;
    const decision = await em.findOne(StoredDecision, {
      where: { id },
      lock: { mode: 'pessimistic_write', onLocked: 'skip_locked' },
    });
    if (!decision || decision.carriedOutAt !== null) return null;
    const anomaly = await em.findOneByOrFail(Anomaly, { id: decision.anomalyId });
    const done = anomaly.resolvedAt === null ? await act(batch, decision, anomaly) : overtaken(anomaly);
    if (done.waitSeconds !== undefined) {
      await em.query('UPDATE decisions SET due_at = loomi_now() + make_interval(secs => $2), last_error = $3 WHERE id = $1', [
        id,
        done.waitSeconds,
        done.result,
      ]);
      return null;
    }
    await em.query('UPDATE decisions SET carried_out_at = loomi_now(), result = $2, last_error = NULL WHERE id = $1', [
      id,
      done.result,
    ]);
    return done;
  }

  private async giveBack(id: string, error: unknown): Promise<void> {
    await this.dataSource.query(
      `UPDATE decisions SET failures = failures + 1, last_error = $2,
         due_at = loomi_now() + make_interval(secs => least(600, 2 ^ least(failures, 10))) WHERE id = $1`,
      [id, reasonOf(error)],
    );
  }
}

async function act(batch: WriteBatch, decision: StoredDecision, anomaly: Anomaly): Promise<CarriedOut> {
  switch (decision.decision) {
    case 'accept':
      return acceptLatePayment(batch, anomaly, await reasonFor(batch.em, decision));
    case 'refund':
      return refundTrade(batch, anomaly);
    case 'refund_failed':
    case 'refund_succeeded':
      return endRefund(batch, decision, anomaly, await reasonFor(batch.em, decision));
    default:
      return decision.decision satisfies never;
  }
}

async function reasonFor(em: EntityManager, { operatorActId }: StoredDecision): Promise<string> {
  if (operatorActId === null) throw new Error('an app decides only when the payment is found');
  const { operator, detail } = await em.findOneByOrFail(OperatorAct, { id: operatorActId });
  return `${String(detail['reason'])} (${operator})`;
}

function overtaken({ resolution }: Anomaly): CarriedOut {
  return { result: `not carried out, the anomaly was resolved before: ${resolution}`, moved: [], anomalies: [] };
}
