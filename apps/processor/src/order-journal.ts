import type { AnomalyFinding } from '#domain/orders/gateway-answer.js';
import type { Log } from '#platform/logging/log.js';
import type { Metrics } from '#platform/metrics/metrics.js';
import type { OrderTraces } from '#platform/tracing/order-traces.js';

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
    private readonly traces: OrderTraces,
  ) {}

  /** A call to Lakala about an order, which began at `startMs` since 1970 and has its answer, or none, now. */
  called(orderId: string, call: string, meaning: string, startMs: number): void {
    const failed = meaning === 'unknown' || meaning === 'mismatched';
    this.traces.record({ orderId, name: `lakala ${call}`, kind: 'client', startMs, attributes: { 'loomi.meaning': meaning }, failed });
  }

  /** A notification that was applied to an order, and was taken at `receivedMs`. */
  applied(orderId: string, receivedMs: number): void {
    this.traces.record({ orderId, name: 'apply notification', kind: 'consumer', startMs: receivedMs });
  }

  moved(moves: readonly Moved[]): void {
    const counter = this.metrics.counter('loomi_order_moves_total', 'Moves of orders', ['kind', 'from', 'to']);
    for (const { kind, id, appId, from, to } of moves) {
      counter.inc({ kind, from, to });
      this.traces.record({ orderId: id, name: `move to ${to}`, kind: 'internal', startMs: Date.now(), attributes: { 'loomi.from': from } });
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
