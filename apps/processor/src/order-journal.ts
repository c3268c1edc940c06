import type { AnomalyFinding } from '#domain/orders/gateway-answer.js';
import type { Log } from '#platform/logging/log.js';
import type { Metrics } from '#platform/metrics/metrics.js';

export interface Moved {
  kind: 'payment' | 'refund';
  id: string;
  appId: string;
  from: string;
  to: string;
}

/** Tells people and the relay what was committed. Called after the commit, never before. */
export class OrderJournal {
  constructor(
    private readonly log: Log,
    private readonly metrics: Metrics,
    private readonly wakeRelay: () => void,
  ) {}

  moved(moves: readonly Moved[]): void {
    const counter = this.metrics.counter('loomi_order_moves_total', 'Moves of orders', ['kind', 'from', 'to']);
    for (const { kind, id, appId, from, to } of moves) {
      counter.inc({ kind, from, to });
      this.log.info('order_moved', { kind, order_id: id, app_id: appId, from_state: from, to_state: to });
    }
    if (moves.length > 0) this.wakeRelay();
  }

  found(anomalies: readonly AnomalyFinding[], orderId: string): void {
    const counter = this.metrics.counter('loomi_anomalies_total', 'Anomalies recorded', ['kind']);
    for (const { kind, detail } of anomalies) {
      counter.inc({ kind });
      this.log.error('anomaly_recorded', { kind, order_id: orderId, message: detail });
    }
  }

  /** A message of the inbox that no trusted certificate signed: a rollover, or somebody who is not Lakala wrote it. */
  unproven(orderId: string): void {
    this.metrics
      .counter('loomi_unproven_notifications_total', 'Notifications of the inbox that no trusted certificate signed')
      .inc();
    this.log.error('notification_unproven', { order_id: orderId });
  }

  /** A work that failed unexpectedly; it is tried again. */
  failed(kind: 'payment' | 'refund' | 'notification' | 'decision', id: string, error: unknown): void {
    this.metrics.counter('loomi_work_failures_total', 'Works that failed and are tried again', ['kind']).inc({ kind });
    this.log.error('work_failed', { kind, order_id: id, error });
  }
}
