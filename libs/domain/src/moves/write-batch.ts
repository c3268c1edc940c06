import type { EntityManager } from 'typeorm';
import type { GatewayAttempt } from '../entities/gateway-attempt.entity.js';
import type { PaymentOrder } from '../entities/payment-order.entity.js';
import type { AttemptState } from '../orders/resolve-payment.js';
import { recordEvents, type EventDraft } from '../streams/event-log.js';
import { insertAttempts, updateAttempts, type ChangedAttempt } from './record-attempts.js';
import { recordOutcomes, type NewOutcome } from './record-outcome.js';
import { recordTrades, type NewTrade } from './record-trades.js';
import { recordWords, type HeardWord, type NewWord } from './record-word.js';
import { savePayments } from './save-payments.js';

/**
 * What one transaction is to write, kept back so that all of it, of however many orders, goes in a statement a table.
 * Nothing is written before `flush`: the caller calls it last, and before any statement of its own that needs what is kept
 * back. Orders and attempts are written as they are then.
 */
export class WriteBatch {
  private begun: GatewayAttempt[] = [];
  private words: NewWord[] = [];
  private changed = new Map<string, ChangedAttempt>();
  private trades: NewTrade[] = [];
  private outcomes: NewOutcome[] = [];
  private orders = new Map<string, PaymentOrder>();
  private moved = new Set<string>();
  private events: EventDraft[] = [];

  /** @param em of the caller's transaction, which holds the row locks of whatever is written about. */
  constructor(readonly em: EntityManager) {}

  beginAttempt(attempt: GatewayAttempt): void {
    this.begun.push(attempt);
  }

  hear(subjectId: string, word: HeardWord): void {
    this.words.push({ subjectId, word });
  }

  /** @param stateBefore in which the attempt was read: where it has another by then, nothing of the batch is written. */
  changeAttempt(attempt: GatewayAttempt, stateBefore: AttemptState): void {
    if (!this.changed.has(attempt.id)) this.changed.set(attempt.id, { attempt, stateBefore });
  }

  bookTrade(trade: NewTrade): void {
    this.trades.push(trade);
  }

  prove(outcome: NewOutcome): void {
    this.outcomes.push(outcome);
  }

  saveOrder(order: PaymentOrder): void {
    this.orders.set(order.id, order);
  }

  /** To be called before the order is changed: the database is shown each of its moves, so a first one is written now. */
  async aboutToMove(order: PaymentOrder): Promise<void> {
    if (this.moved.has(order.id)) await this.flush();
    this.moved.add(order.id);
    this.saveOrder(order);
  }

  tell(event: EventDraft): void {
    this.events.push(event);
  }

  /**
   * Writes what was kept back: first what is compared with what the database has, then the rest in the order that its guards
   * ask for, no end before its proof. What `last` sends goes with the rest, after it.
   */
  async flush(last?: () => Promise<unknown>): Promise<void> {
    const { em, begun, words, changed, trades, outcomes, orders, events } = this;
    this.forget();
    await Promise.all([
      words.length > 0 && recordWords(em, words),
      changed.size > 0 && updateAttempts(em, [...changed.values()]),
      trades.length > 0 && recordTrades(em, trades),
    ]);
    await Promise.all([
      begun.length > 0 && insertAttempts(em, begun),
      outcomes.length > 0 && recordOutcomes(em, outcomes),
      orders.size > 0 && savePayments(em, [...orders.values()]),
      events.length > 0 && recordEvents(em, events),
      last?.(),
    ]);
  }

  private forget(): void {
    this.begun = [];
    this.words = [];
    this.changed = new Map();
    this.trades = [];
    this.outcomes = [];
    this.orders = new Map();
    this.moved = new Set();
    this.events = [];
  }
}
