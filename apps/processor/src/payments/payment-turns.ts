import { bulkhead } from 'cockatiel';
import type { DataSource, EntityManager } from 'typeorm';
import { lockPayments, type LockedPayment, type WhenLocked } from '#domain/moves/locked-payment.js';
import { WriteBatch } from '#domain/moves/write-batch.js';
import { isDatabaseOutage } from '#platform/postgres/database-outage.js';
import { Grouped, type GroupLimits } from '#platform/postgres/grouped.js';
import { shortTransaction } from '#platform/postgres/short-transaction.js';

/** Works in hand and messages of the inbox are bounded where they begin, so that a turn is never refused. */
const LIMITS: GroupLimits = { largest: 64, most: 100_000, patienceMs: 1_000 };
/** Each holds a connection, mostly while it waits for a lock. */
const MOST_ALONE = 4;

/**
 * What is done to one order while it is locked: what it writes goes into the batch, what it tells others is for its caller,
 * once that has the result. It may be called again after a transaction that failed.
 */
export type Turn<Result> = (locked: LockedPayment, batch: WriteBatch) => Promise<Result>;

interface Asked {
  readonly orderId: string;
  /** What is done where somebody else holds the order: its turn is taken later, or not at all. */
  readonly whenLocked: WhenLocked;
  /** The message of the inbox that the turn applies. */
  readonly notificationId: string | null;
  readonly turn: Turn<unknown>;
}

/** Takes turns at payment orders, each in one transaction, which turns at other orders share where many come at once. */
export class PaymentTurns {
  private readonly groups = new Grouped<Asked, unknown>((asked) => this.send(asked), LIMITS);
  private readonly alone = bulkhead(MOST_ALONE, Number.POSITIVE_INFINITY);

  constructor(private readonly dataSource: DataSource) {}

  /** Resolves with the turn's result once it is committed. */
  async take<Result>(orderId: string, turn: Turn<Result>): Promise<Result> {
    return (await this.groups.add({ orderId, whenLocked: 'wait', notificationId: null, turn })) as Result;
  }

  /** As `take`; null without a turn where somebody else holds the order. */
  async takeIfFree<Result>(orderId: string, turn: Turn<Result>): Promise<Result | null> {
    return (await this.groups.add({ orderId, whenLocked: 'skip', notificationId: null, turn })) as Result | null;
  }

  /** As `take`, and marks the message as applied; null without a turn where it was applied before. */
  async apply<Result>(orderId: string, notificationId: string, turn: Turn<Result>): Promise<Result | null> {
    return (await this.groups.add({ orderId, whenLocked: 'wait', notificationId, turn })) as Result | null;
  }

  /**
   * All of them together; then those one by one whose order somebody else holds, and where one is bad each, so that it harms
   * none of the others. Not where the database is away: none would fare better.
   */
  private async send(asked: readonly Asked[]): Promise<readonly unknown[]> {
    const each = new Map(asked.toReversed().map((one) => [one.orderId, one]));
    const done = await this.run([...each.values()], 'skip').catch((error: unknown) => {
      if (isDatabaseOutage(error)) throw error;
      return null;
    });
    return asked.map((one) => {
      if (done?.has(one)) return done.get(one);
      return done && one.whenLocked === 'skip' ? null : this.alone.execute(() => this.byItself(one));
    });
  }

  private async byItself(one: Asked): Promise<unknown> {
    const done = await this.run([one], one.whenLocked);
    if (!done.has(one) && one.whenLocked === 'skip') return null;
    if (!done.has(one)) throw new Error(`there is no payment order ${one.orderId}`);
    return done.get(one);
  }

  /** The results of those whose orders could be locked, once they are committed. */
  private async run(asked: readonly Asked[], whenLocked: WhenLocked): Promise<Map<Asked, unknown>> {
    const orderIds = asked.map(({ orderId }) => orderId);
    const notificationIds = asked.flatMap(({ notificationId }) => notificationId ?? []);
    return shortTransaction(this.dataSource, {
      // In this order on one connection: what is unread is asked once the orders are locked.
      read: (em) => Promise.all([lockPayments(em, orderIds, whenLocked), readUnread(em, notificationIds)]),
      write: async (em, [orders, unread], commit) => {
        const batch = new WriteBatch(em);
        const results = new Map<Asked, unknown>();
        const applied: string[] = [];
        for (const one of asked) {
          const locked = orders.get(one.orderId);
          if (!locked) continue;
          const isNews = one.notificationId === null || unread.has(one.notificationId);
          results.set(one, isNews ? await one.turn(locked, batch) : null);
          if (isNews && one.notificationId !== null) applied.push(one.notificationId);
        }
        await batch.flush(() => Promise.all([applied.length > 0 && markApplied(em, applied), commit()]));
        return results;
      },
    });
  }
}

/** Which of the messages nobody has applied: whoever applies one holds its order's lock, as the caller does now. */
async function readUnread(em: EntityManager, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await em.query<{ id: string }[]>('SELECT id FROM notifications WHERE id = ANY($1) AND applied_at IS NULL', [ids]);
  return new Set(rows.map(({ id }) => id));
}

async function markApplied(em: EntityManager, ids: readonly string[]): Promise<void> {
  await em.query('UPDATE notifications SET applied_at = loomi_now(), last_error = NULL WHERE id = ANY($1)', [ids]);
}
