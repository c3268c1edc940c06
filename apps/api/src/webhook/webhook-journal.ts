import { Injectable } from '@nestjs/common';
import type { NotificationMessage } from '#lakala/notification-message.js';
import { Log } from '#platform/logging/log.js';
import { Metrics } from '#platform/metrics/metrics.js';

/** Counts what became of Lakala's messages and says so in the log, never with a byte of a body. */
@Injectable()
export class WebhookJournal {
  constructor(
    private readonly log: Log,
    private readonly metrics: Metrics,
  ) {}

  received(outcome: 'kept' | 'repeated', message: NotificationMessage): void {
    this.count(outcome);
    this.log.info('notification_received', { outcome, kind: message.form, out_order_no: message.outOrderNo });
  }

  refused(outcome: 'unverified' | 'unreadable', reason: string, bytes: number): void {
    this.count(outcome);
    this.log.warn('notification_refused', { outcome, reason, bytes });
  }

  private count(outcome: string): void {
    this.metrics.counter('loomi_notifications_total', "Lakala's notifications by outcome", ['outcome']).inc({ outcome });
  }
}
