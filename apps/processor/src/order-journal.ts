import type { AppLabels } from '#domain/apps/app-labels.js';
import { ANOMALY_KINDS } from '#domain/orders/anomaly-kinds.js';
import type { AnomalyFinding, Fen } from '#domain/orders/gateway-answer.js';
import { PAYMENT_MOVES, PAYMENT_MOVES_BY_CHOICE } from '#domain/orders/payment-moves.js';
import { REFUND_MOVES } from '#domain/orders/refund-moves.js';
import type { Log } from '#platform/logging/log.js';
import type { Metrics } from '#platform/metrics/metrics.js';
import type { OrderTraces } from '#platform/tracing/order-traces.js';

export interface Moved {
  kind: 'payment' | 'refund';
  id: string;
  appId: string;
  from: string;
  to: string;
  amount: Fen;
}

const MOVES = [
  ...movesIn('payment', PAYMENT_MOVES),
  ...movesIn('payment', PAYMENT_MOVES_BY_CHOICE),
  ...movesIn('refund', REFUND_MOVES),
];
const WORKS = ['payment', 'refund', 'notification', 'decision'] as const;

/** Tells people and the relay what was committed. Called after the commit, never before. */
export class OrderJournal {
  private readonly moves;
  private readonly movedFen;
  private readonly anomalies;
  private readonly unprovenNotifications;
  private readonly failures;

  constructor(
    private readonly log: Log,
    metrics: Metrics,
    private readonly labels: AppLabels,
    private readonly wakeRelay: () => void,
    private readonly traces: OrderTraces,
  ) {
    const ofMoves = ['kind', 'from', 'to', 'app'] as const;
    this.moves = metrics.counter('loomi_order_moves_total', 'Moves of orders', ofMoves);
    this.movedFen = metrics.counter('loomi_moved_fen_total', 'Money of the orders that moved', ofMoves);
    this.anomalies = metrics.counter('loomi_anomalies_total', 'Anomalies recorded', ['kind']);
    this.unprovenNotifications = metrics.counter(
      'loomi_unproven_notifications_total',
      'Notifications of the inbox that no trusted certificate signed',
    );
    this.failures = metrics.counter('loomi_work_failures_total', 'Works that failed and are tried again', ['kind']);
    // A counter that first appears at 1 has not risen.
    labels.onNew((app) => {
      for (const move of MOVES) for (const counter of [this.moves, this.movedFen]) counter.inc({ ...move, app }, 0);
    });
    for (const kind of ANOMALY_KINDS) this.anomalies.inc({ kind }, 0);
    for (const kind of WORKS) this.failures.inc({ kind }, 0);
  }

  /** A call to Lakala about an order, which began at `startMs` since 1970 and has its answer, or none, now. */
  called(orderId: string, call: string, meaning: string, startMs: number): void {
    const failed = meaning === 'unknown' || meaning === 'mismatched';
    this.traces.record({ orderId, name: `lakala ${call}`, kind: 'client', startMs, attributes: { 'loomi.meaning': meaning }, failed });
  }

  /** A notification that was applied to an order now: the API kept it at `receivedMs`, and it was read at `readMs`. */
  applied(orderId: string, receivedMs: number, readMs: number): void {
    // Told here: which order a message is about is not known where it is kept.
    this.traces.record({ orderId, name: 'receive notification', kind: 'consumer', startMs: receivedMs, endMs: readMs });
    this.traces.record({ orderId, name: 'apply notification', kind: 'consumer', startMs: readMs });
  }

  moved(moves: readonly Moved[]): void {
    for (const { kind, id, appId, from, to, amount } of moves) {
      this.labels.use(appId, (app) => {
        this.moves.inc({ kind, from, to, app });
        this.movedFen.inc({ kind, from, to, app }, amount);
      });
      this.traces.record({ orderId: id, name: `move to ${to}`, kind: 'internal', startMs: Date.now(), attributes: { 'loomi.from': from } });
      this.log.info('order_moved', { kind, order_id: id, app_id: appId, from_state: from, to_state: to });
    }
    if (moves.length > 0) this.wakeRelay();
  }

  found(anomalies: readonly AnomalyFinding[], orderId: string): void {
    for (const { kind, detail } of anomalies) {
      this.anomalies.inc({ kind });
      this.log.error('anomaly_recorded', { kind, order_id: orderId, message: detail });
    }
  }

  /** A message of the inbox that no trusted certificate signed: a rollover, or somebody who is not Lakala wrote it. */
  unproven(orderId: string): void {
    this.unprovenNotifications.inc();
    this.log.error('notification_unproven', { order_id: orderId });
  }

  /** A work that failed unexpectedly; it is tried again. */
  failed(kind: (typeof WORKS)[number], id: string, error: unknown): void {
    this.failures.inc({ kind });
    this.log.error('work_failed', { kind, order_id: id, error });
  }
}

function movesIn(kind: Moved['kind'], table: Readonly<Record<string, readonly string[]>>): Pick<Moved, 'kind' | 'from' | 'to'>[] {
  return Object.entries(table).flatMap(([from, ends]) => ends.map((to) => ({ kind, from, to })));
}
