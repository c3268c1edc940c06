import type { DataSource } from 'typeorm';
import { OTHER_APPS, type AppLabels } from '#domain/apps/app-labels.js';
import type { Metrics } from '#platform/metrics/metrics.js';
import type { Surveyor } from './survey.js';

const KINDS = ['payment', 'refund'] as const;
const STATUSES = ['pending', 'processing'] as const;

interface Row {
  kind: string;
  status: string;
  app: string;
  orders: string;
  fen: string;
  oldest: string;
  overdue: string;
}

/** Orders that are not final: how many, how much, and how old. Reads these and no others, by partial indexes. */
export class OrderSurvey implements Surveyor {
  private readonly orders;
  private readonly fen;
  private readonly oldest;
  private readonly overdue;

  constructor(
    private readonly dataSource: DataSource,
    private readonly labels: AppLabels,
    metrics: Metrics,
  ) {
    this.orders = metrics.gauge('loomi_open_orders', 'Orders that are not final', ['kind', 'status', 'app']);
    this.fen = metrics.gauge('loomi_open_fen', 'Money of the orders that are not final', ['kind', 'status', 'app']);
    this.oldest = metrics.gauge('loomi_oldest_open_seconds', 'Age of the oldest order that is not final', ['kind', 'status']);
    this.overdue = metrics.gauge('loomi_overdue_seconds', 'For how long an order is open that should have ended', ['kind']);
  }

  async look(): Promise<void> {
    const rows = await this.dataSource.query<Row[]>(OPEN, [await this.labels.read(), OTHER_APPS]);
    this.forget();
    for (const kind of KINDS) {
      for (const status of STATUSES) this.oldest.set({ kind, status }, 0);
      this.overdue.set({ kind }, 0);
    }
    const most = { oldest: new Map<string, number>(), overdue: new Map<string, number>() };
    for (const { kind, status, app, orders, fen, oldest, overdue } of rows) {
      this.orders.set({ kind, status, app }, Number(orders));
      this.fen.set({ kind, status, app }, Number(fen));
      this.oldest.set({ kind, status }, raise(most.oldest, `${kind} ${status}`, Number(oldest)));
      this.overdue.set({ kind }, raise(most.overdue, kind, Number(overdue)));
    }
  }

  forget(): void {
    for (const gauge of [this.orders, this.fen, this.oldest, this.overdue]) gauge.reset();
  }
}

/** The greatest so far under the key, at least 0. */
function raise(most: Map<string, number>, key: string, value: number): number {
  const greatest = Math.max(0, value, most.get(key) ?? 0);
  most.set(key, greatest);
  return greatest;
}

// A payment should have ended when it expires; a refund has no such time, and should at once.
const OPEN = [
  { kind: 'payment', table: 'payment_orders', end: 'expires_at' },
  { kind: 'refund', table: 'refund_orders', end: 'created_at' },
]
  .map(
    ({ kind, table, end }) => `
  SELECT '${kind}' AS kind, status, CASE WHEN app_id = ANY($1) THEN app_id ELSE $2 END AS app,
    count(*) AS orders, sum(amount) AS fen,
    extract(epoch FROM loomi_now() - min(created_at)) AS oldest, extract(epoch FROM loomi_now() - min(${end})) AS overdue
  FROM ${table} WHERE status IN ('pending', 'processing') GROUP BY status, app`,
  )
  .join(' UNION ALL ');
