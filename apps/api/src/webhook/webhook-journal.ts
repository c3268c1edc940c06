import { Injectable } from '@nestjs/common';
import type { NotificationMessage } from '#lakala/notification-message.js';
import { Log } from '#platform/logging/log.js';
import { Metrics } from '#platform/metrics/metrics.js';

const OUTCOMES = ['kept', 'repeated', 'unverified', 'unreadable'];

/** Counts what became of Lakala's messages and says so in the log, never with a byte of a body. */
@Injectable()
export class WebhookJournal {
  private readonly notifications;

  constructor(
    private readonly log: Log,
    metrics: Metrics,
  ) {
    this.notifications = metrics.counter('loomi_notifications_total', "Lakala's notifications by outcome", ['outcome']);
    // A counter that first appears at 1 has not risen.
    for (const outcome of OUTCOMES) this.notifications.inc({ outcome }, 0);
  }

  received(outcome: 'kept' | 'repeated', message: NotificationMessage): void {
    this.notifications.inc({ outcome });
    this.log.info('notification_received', { outcome, kind: message.form, out_order_no: message.outOrderNo });
  }

  refused(outcome: 'unverified' | 'unreadable', reason: string, bytes: number): void {
    this.notifications.inc({ outcome });
    this.log.warn('notification_refused', { outcome, reason, bytes });
  }
}
