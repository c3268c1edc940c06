import { randomUUID, type KeyObject } from 'node:crypto';
import type { SandboxClock } from './clock.ts';
import type { Faults } from './faults.ts';
import type { Attempt, Notification } from './ledger-records.ts';
import type { Ledger, Order } from './ledger.ts';
import { notificationOf } from './notification-body.ts';
import { deliver } from './notification-delivery.ts';
import { notificationAuthorization } from './signing.ts';

/** Milliseconds to wait after the first, second, … delivery that was not acknowledged. */
export const RETRY_AFTER_MS = [1, 5, 5, 10, 180, 600, 1200, 1800, 3600, 7200].map((seconds) => seconds * 1000);
const LONGEST_WAIT_MS = 7_200_000;

/** Tells the merchant what became of each payment attempt, until it says SUCCESS or the schedule is through. */
export class Notifier {
  private readonly ledger: Ledger;
  private readonly clock: SandboxClock;
  private readonly faults: Faults;
  private readonly platformKey: KeyObject;
  private readonly timers = new Map<string, NodeJS.Timeout>();
  /** Held back by the fault `reordered`. */
  private readonly heldBack = new Set<Notification>();
  private readonly stopping = new AbortController();

  constructor(ledger: Ledger, clock: SandboxClock, faults: Faults, platformKey: KeyObject) {
    this.ledger = ledger;
    this.clock = clock;
    this.faults = faults;
    this.platformKey = platformKey;
  }

  /** Takes up again what was not acknowledged when the sandbox stopped. */
  start(): void {
    for (const notification of this.ledger.notifications.values()) this.schedule(notification);
  }

  stop(): void {
    this.stopping.abort();
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  /** Books a notification about this attempt; the body is fixed now, each delivery is signed afresh. */
  announce(order: Order, attempt: Attempt): void {
    if (order.notifyUrl === null) return;
    const plan = this.faults.forNotification();
    const nowMs = this.clock.nowMs();
    const notification: Notification = {
      id: randomUUID(),
      outOrderNo: order.outOrderNo,
      url: order.notifyUrl,
      body: JSON.stringify(notificationOf(order, attempt, nowMs)),
      dueAtMs: plan.lost ? null : nowMs + plan.delayMs + (plan.heldMs ?? 0),
      lost: plan.lost,
      held: plan.heldMs !== null,
      repeatAfterMs: plan.repeatAfterMs,
      deliveries: 0,
      acknowledged: false,
    };
    this.ledger.record({ t: 'notification', notification });
    this.schedule(notification);
  }

  /** To be called when the clock was moved: forward makes notifications due, back does not postpone them. */
  clockMoved(byMs: number): void {
    for (const notification of this.ledger.notifications.values()) {
      if (notification.dueAtMs !== null && byMs < 0) notification.dueAtMs += byMs;
      this.schedule(notification);
    }
  }

  private schedule(notification: Notification): void {
    clearTimeout(this.timers.get(notification.id));
    this.timers.delete(notification.id);
    if (notification.held && notification.dueAtMs !== null) this.heldBack.add(notification);
    if (notification.dueAtMs === null || this.stopping.signal.aborted) return;
    const waitMs = Math.min(Math.max(notification.dueAtMs - this.clock.nowMs(), 0), LONGEST_WAIT_MS);
    const timer = setTimeout(() => {
      this.timers.delete(notification.id);
      this.send(notification).catch((error: unknown) => {
        console.error(`notification ${notification.id} failed`, error);
      });
    }, waitMs);
    this.timers.set(notification.id, timer);
  }

  private async send(notification: Notification): Promise<void> {
    const body = Buffer.from(notification.body);
    const timestamp = String(Math.floor(this.clock.nowMs() / 1000));
    const authorization = await notificationAuthorization(timestamp, body, this.platformKey);
    const receipt = await deliver(notification.url, body, authorization, this.stopping.signal);
    if (this.stopping.signal.aborted) return;
    this.ledger.record({
      t: 'delivery',
      id: notification.id,
      acknowledged: receipt.acknowledged,
      nextDueAtMs: this.nextDueAtMs(notification, receipt.acknowledged),
    });
    this.schedule(notification);
    this.releaseHeld(notification);
  }

  private nextDueAtMs(notification: Notification, acknowledged: boolean): number | null {
    const nowMs = this.clock.nowMs();
    if (notification.acknowledged) return null;
    if (acknowledged) return notification.repeatAfterMs === null ? null : nowMs + notification.repeatAfterMs;
    const waitMs = RETRY_AFTER_MS[notification.deliveries];
    return waitMs === undefined ? null : nowMs + waitMs;
  }

  /** What was held back to come out of order may go now that a later one has gone. */
  private releaseHeld(sent: Notification): void {
    this.heldBack.delete(sent);
    for (const held of this.heldBack) {
      this.heldBack.delete(held);
      held.held = false;
      held.dueAtMs = this.clock.nowMs();
      this.schedule(held);
    }
  }
}
