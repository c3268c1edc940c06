import type { DataSource, EntityManager } from 'typeorm';
import type { Evidence } from '#domain/entities/evidence.js';
import { GatewayAttempt } from '#domain/entities/gateway-attempt.entity.js';
import { StoredNotification } from '#domain/entities/notification.entity.js';
import { applyPaymentAnswer, type PaymentWord } from '#domain/moves/apply-payment-answer.js';
import { lockPayment, reschedule, type LockedPayment } from '#domain/moves/locked-payment.js';
import { recordAnomaly } from '#domain/moves/record-anomaly.js';
import type { AnomalyFinding } from '#domain/orders/gateway-answer.js';
import type { PaymentStatus } from '#domain/orders/payment-moves.js';
import type { PlatformCertificates } from '#lakala/platform-certificates.js';
import { parseNotification, type NotificationMessage } from '#lakala/notification-message.js';
import { heardUnasked } from '../gateway/heard-words.js';
import { callbackOf, readNotification } from '../gateway/payment-answers.js';
import type { Moved, OrderJournal } from '../order-journal.js';
import { movesOf } from '../payments/payment-worker.js';
import { reasonOf } from '../reason-of.js';
import { isProven } from './stored-proof.js';

interface Read {
  /** The order to be asked about, where the message is only a reason to ask. */
  askAbout: string | null;
  moved: Moved[];
  anomalies: readonly AnomalyFinding[];
  subject: string;
}

/** Applies messages of the inbox to the orders they speak of, each in one transaction, each once. */
export class NotificationWorker {
  constructor(
    private readonly dataSource: DataSource,
    private readonly journal: OrderJournal,
    private readonly certificates: PlatformCertificates,
    private readonly wakeOrder: (orderId: string) => Promise<void>,
  ) {}

  /** The unread messages that are due, oldest first. */
  async due(limit: number): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      'SELECT id FROM notifications WHERE applied_at IS NULL AND due_at <= loomi_now() ORDER BY due_at LIMIT $1',
      [limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Never rejects: what fails stays in the inbox with its reason, to be tried again. */
  async work(id: string): Promise<void> {
    try {
      const read = await this.dataSource.transaction((em) => this.apply(em, id));
      if (!read) return;
      this.journal.moved(read.moved);
      this.journal.found(read.anomalies, read.subject);
      if (read.askAbout) await this.wakeOrder(read.askAbout);
    } catch (error) {
      this.journal.failed('notification', id, error);
      await this.giveBack(id, error).catch((again: unknown) => this.journal.failed('notification', id, again));
    }
  }

  /** Null where somebody else reads it, or has read it. */
  private async apply(em: EntityManager, id: string): Promise<Read | null> {
    const stored = await em.findOne(StoredNotification, {
      where: { id },
      lock: { mode: 'pessimistic_write', onLocked: 'skip_locked' },
    });
    if (!stored || stored.appliedAt !== null) return null;
    const message = parseNotification(stored.raw);
    const attempt = await em.findOneBy(GatewayAttempt, { outOrderNo: message.outOrderNo });
    const read = attempt ? await this.applyTo(em, attempt, message, stored) : await unknownOrder(em, message, stored);
    await em.query('UPDATE notifications SET applied_at = loomi_now(), last_error = NULL WHERE id = $1', [id]);
    return read;
  }

  private async applyTo(
    em: EntityManager,
    { id: attemptId, paymentOrderId }: GatewayAttempt,
    message: NotificationMessage,
    stored: StoredNotification,
  ): Promise<Read> {
    const locked = await lockPayment(em, paymentOrderId);
    const attempt = locked.attempts.find((candidate) => candidate.id === attemptId);
    if (!attempt) throw new Error(`attempt ${attemptId} is not of order ${paymentOrderId}`);
    const from = locked.order.status;
    const proven = isProven(stored, this.certificates);
    if (!proven) this.journal.unproven(paymentOrderId);
    const word = wordOf(message, locked, attempt, stored, proven);
    const applied = await applyPaymentAnswer(em, locked, attempt, word);
    const ask = word.answer.outcome === 'open' && (!proven || isNews(message, from));
    if (ask) await askAgain(em, attempt, locked.nowMs);
    await reschedule(em, locked);
    const moved = movesOf(locked.order, from, applied.moves);
    return { askAbout: ask ? paymentOrderId : null, moved, anomalies: applied.anomalies, subject: paymentOrderId };
  }

  private async giveBack(id: string, error: unknown): Promise<void> {
    await this.dataSource.query(
      `UPDATE notifications SET failures = failures + 1, last_error = $2,
         due_at = loomi_now() + make_interval(secs => least(600, 2 ^ least(failures, 10))) WHERE id = $1`,
      [id, reasonOf(error)],
    );
  }
}

/** A failed attempt told after the payment is old; all else that is no proof may hide money, so Lakala is asked. */
function isNews(message: NotificationMessage, status: PaymentStatus): boolean {
  return status !== 'succeeded' || message.form === 'hint' || message.orderStatus === '6';
}

/** Puts the attempt on the list again, even where nothing more was to be asked about it, until Lakala has answered. */
async function askAgain(em: EntityManager, attempt: GatewayAttempt, nowMs: number): Promise<void> {
  attempt.hintedAt = new Date(nowMs);
  attempt.over = false;
  await em.query('UPDATE gateway_attempts SET hinted_at = $2, over = false WHERE id = $1', [attempt.id, attempt.hintedAt]);
}

function wordOf(
  message: NotificationMessage,
  { order }: LockedPayment,
  attempt: GatewayAttempt,
  stored: StoredNotification,
  proven: boolean,
): PaymentWord {
  const evidence = evidenceOf(stored);
  const heard = (answer: PaymentWord['answer']) => [heardUnasked(message, answer.outcome, proven, stored.receivedAt)];
  // The older form names no order state, and a refund's message says "S" too: it is a reason to ask, never proof.
  if (message.form === 'hint' || !proven) {
    const answer = { outcome: 'open' } as const;
    return { answer, callback: null, evidence, heard: heard(answer) };
  }
  const { outOrderNo, merchantNo, amount } = attempt;
  const asked = { outOrderNo, merchantNo, amountFen: amount, expiresAtMs: order.expiresAt.getTime() };
  const answer = readNotification(message, asked);
  const believed = answer.outcome === 'paid' || answer.outcome === 'open';
  const trades = message.trade ? [message.trade] : [];
  const callback = believed ? callbackOf(trades, message.totalAmountFen, evidence.timestampSeconds * 1_000) : null;
  return { answer, callback, evidence, heard: heard(answer) };
}

function evidenceOf({ raw, signedTextPrefix, signature, certificate }: StoredNotification): Evidence {
  const timestampSeconds = Number(signedTextPrefix.split('\n')[0]);
  return { source: 'notification', raw, signedTextPrefix, signature, certificate, timestampSeconds };
}

async function unknownOrder(em: EntityManager, message: NotificationMessage, stored: StoredNotification): Promise<Read> {
  const finding: AnomalyFinding = {
    kind: 'unknown_order',
    key: `unknown_order:${stored.id}`,
    detail: `Lakala speaks of order number ${message.outOrderNo}, which is none of ours`,
  };
  const nobody = { appId: null, paymentOrderId: null, refundOrderId: null };
  await recordAnomaly(em, finding, nobody, evidenceOf(stored));
  return { askAbout: null, moved: [], anomalies: [finding], subject: message.outOrderNo };
}
