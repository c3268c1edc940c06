import type { DataSource, EntityManager } from 'typeorm';
import type { Evidence } from '#domain/entities/evidence.js';
import type { GatewayAttempt } from '#domain/entities/gateway-attempt.entity.js';
import { StoredNotification } from '#domain/entities/notification.entity.js';
import { PlainRows } from '#domain/entities/plain-rows.js';
import { applyPaymentAnswer, type PaymentWord } from '#domain/moves/apply-payment-answer.js';
import { reschedule, type LockedPayment } from '#domain/moves/locked-payment.js';
import { recordAnomaly } from '#domain/moves/record-anomaly.js';
import type { WriteBatch } from '#domain/moves/write-batch.js';
import type { AnomalyFinding } from '#domain/orders/gateway-answer.js';
import type { PaymentStatus } from '#domain/orders/payment-moves.js';
import type { PlatformCertificates } from '#lakala/platform-certificates.js';
import { parseNotification, type NotificationMessage } from '#lakala/notification-message.js';
import { heardUnasked } from '../gateway/heard-words.js';
import { callbackOf, readNotification } from '../gateway/payment-answers.js';
import type { Moved, OrderJournal } from '../order-journal.js';
import type { PaymentTurns } from '../payments/payment-turns.js';
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

/** A message that nobody had applied when it was read, and the attempt it speaks of. */
interface Unread {
  stored: StoredNotification;
  attempt: { id: string; paymentOrderId: string } | null;
}

/** Where messages are read and marked, and where they are applied. */
interface Inbox {
  dataSource: DataSource;
  turns: PaymentTurns;
}

/** Applies messages of the inbox to the orders they speak of, each in one transaction, each once. */
export class NotificationWorker {
  constructor(
    private readonly inbox: Inbox,
    private readonly journal: OrderJournal,
    private readonly certificates: PlatformCertificates,
    private readonly wakeOrder: (orderId: string) => Promise<void>,
  ) {}

  /** The unread messages that are due, oldest first. */
  async due(limit: number): Promise<string[]> {
    const rows = await this.inbox.dataSource.query<{ id: string }[]>(
      'SELECT id FROM notifications WHERE applied_at IS NULL AND due_at <= loomi_now() ORDER BY due_at LIMIT $1',
      [limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Rejects only where the inbox cannot be read: what fails stays in it with its reason, to be tried again. */
  async work(ids: readonly string[]): Promise<void> {
    const unread = await readUnread(this.inbox.dataSource.manager, ids);
    await Promise.all(unread.map((one) => this.workOn(one)));
  }

  private async workOn({ stored, attempt }: Unread): Promise<void> {
    const { id } = stored;
    const readMs = Date.now();
    try {
      const message = parseNotification(stored.raw);
      const read = attempt ? await this.applyTo(attempt, message, stored) : await this.unknownOrder(message, stored);
      if (!read) return;
      if (attempt) this.journal.applied(attempt.paymentOrderId, stored.receivedAt.getTime(), readMs);
      this.journal.moved(read.moved);
      this.journal.found(read.anomalies, read.subject);
      if (read.askAbout) await this.wakeOrder(read.askAbout);
    } catch (error) {
      this.journal.failed('notification', id, error);
      await this.giveBack(id, error).catch((again: unknown) => this.journal.failed('notification', id, again));
    }
  }

  /** Null where somebody else has applied it. */
  private async applyTo(
    { id: attemptId, paymentOrderId }: NonNullable<Unread['attempt']>,
    message: NotificationMessage,
    stored: StoredNotification,
  ): Promise<Read | null> {
    const proven = isProven(stored, this.certificates);
    if (!proven) this.journal.unproven(paymentOrderId);
    return this.inbox.turns.apply(paymentOrderId, stored.id, async (locked, batch) => {
      const attempt = locked.attempts.find((candidate) => candidate.id === attemptId);
      if (!attempt) throw new Error(`attempt ${attemptId} is not of order ${paymentOrderId}`);
      const from = locked.order.status;
      const word = wordOf(message, locked, attempt, stored, proven);
      const applied = await applyPaymentAnswer(batch, locked, attempt, word);
      const ask = word.answer.outcome === 'open' && (!proven || isNews(message, from));
      if (ask) askAgain(batch, attempt, locked.nowMs);
      reschedule(locked);
      batch.saveOrder(locked.order);
      const moved = movesOf(locked.order, from, applied.moves);
      return { askAbout: ask ? paymentOrderId : null, moved, anomalies: applied.anomalies, subject: paymentOrderId };
    });
  }

  /** Null where somebody else reads it, or has read it. */
  private async unknownOrder(message: NotificationMessage, stored: StoredNotification): Promise<Read | null> {
    return this.inbox.dataSource.transaction(async (em) => {
      const [mine] = await em.query<unknown[]>(
        'SELECT 1 FROM notifications WHERE id = $1 AND applied_at IS NULL FOR UPDATE SKIP LOCKED',
        [stored.id],
      );
      if (!mine) return null;
      const read = await recordUnknownOrder(em, message, stored);
      await em.query('UPDATE notifications SET applied_at = loomi_now(), last_error = NULL WHERE id = $1', [stored.id]);
      return read;
    });
  }

  private async giveBack(id: string, error: unknown): Promise<void> {
    await this.inbox.dataSource.query(
      `UPDATE notifications SET failures = failures + 1, last_error = $2,
         due_at = loomi_now() + make_interval(secs => least(600, 2 ^ least(failures, 10))) WHERE id = $1`,
      [id, reasonOf(error)],
    );
  }
}

/** What is unread of these, oldest first, each with its attempt: an attempt is committed before Lakala hears of it. */
async function readUnread(em: EntityManager, ids: readonly string[]): Promise<Unread[]> {
  const messages = PlainRows.of(em, StoredNotification);
  const rows = await em.query<Record<string, unknown>[]>(
    `SELECT ${messages.columns}, a.id AS "attemptId", a.payment_order_id AS "paymentOrderId"
     FROM notifications LEFT JOIN gateway_attempts a ON a.out_order_no = notifications.out_order_no
     WHERE notifications.id = ANY($1) AND notifications.applied_at IS NULL ORDER BY notifications.received_at`,
    [ids],
  );
  return rows.map((row) => {
    const { attemptId: id, paymentOrderId } = row;
    const attempt = typeof id === 'string' && typeof paymentOrderId === 'string' ? { id, paymentOrderId } : null;
    return { stored: messages.read(row), attempt };
  });
}

/** A failed attempt told after the payment is old; all else that is no proof may hide money, so Lakala is asked. */
function isNews(message: NotificationMessage, status: PaymentStatus): boolean {
  return status !== 'succeeded' || message.form === 'hint' || message.orderStatus === '6';
}

/** Puts the attempt on the list again, even where nothing more was to be asked about it, until Lakala has answered. */
function askAgain(batch: WriteBatch, attempt: GatewayAttempt, nowMs: number): void {
  batch.changeAttempt(attempt, attempt.state);
  attempt.hintedAt = new Date(nowMs);
  attempt.over = false;
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

async function recordUnknownOrder(em: EntityManager, message: NotificationMessage, stored: StoredNotification): Promise<Read> {
  const finding: AnomalyFinding = {
    kind: 'unknown_order',
    key: `unknown_order:${stored.id}`,
    detail: `Lakala speaks of order number ${message.outOrderNo}, which is none of ours`,
  };
  const nobody = { appId: null, paymentOrderId: null, refundOrderId: null };
  await recordAnomaly(em, finding, nobody, evidenceOf(stored));
  return { askAbout: null, moved: [], anomalies: [finding], subject: message.outOrderNo };
}
