import type { DataSource } from 'typeorm';
import type { Metrics } from '#platform/metrics/metrics.js';

interface Row {
  label: string;
  value: string;
}

/** What stands open, by partial indexes, so that a scrape costs what is open and not all there ever was. */
export function registerOrderGauges(metrics: Metrics, dataSource: DataSource): void {
  const gauge = (name: string, help: string, label: string, sql: string): void => {
    metrics.gauge(name, help, [label], async (target) => {
      const rows = await dataSource.query<Row[]>(sql);
      target.reset();
      for (const row of rows) target.set({ [label]: row.label }, Number(row.value));
    });
  };
  gauge('loomi_open_payments', 'Payment orders that are not final', 'status', countOpen('payment_orders'));
  gauge('loomi_open_refunds', 'Refund orders that are not final', 'status', countOpen('refund_orders'));
  gauge(
    'loomi_unresolved_anomalies',
    'Anomalies that no operator has resolved',
    'kind',
    'SELECT kind AS label, count(*) AS value FROM anomalies WHERE resolved_at IS NULL GROUP BY kind',
  );
  gauge(
    'loomi_oldest_open_seconds',
    'Age of the oldest order that is not final',
    'kind',
    `SELECT 'payment' AS label, ${ageOf('payment_orders')} AS value UNION ALL SELECT 'refund', ${ageOf('refund_orders')}`,
  );
}

function countOpen(table: string): string {
  return `SELECT status AS label, count(*) AS value FROM ${table} WHERE status IN ('pending', 'processing') GROUP BY status`;
}

function ageOf(table: string): string {
  return `(SELECT coalesce(extract(epoch FROM loomi_now() - min(created_at)), 0) FROM ${table}
    WHERE status IN ('pending', 'processing'))`;
}
