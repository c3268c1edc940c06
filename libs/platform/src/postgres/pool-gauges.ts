import type { DataSource } from 'typeorm';
import type { Metrics } from '../metrics/metrics.js';
import { poolOf } from './plain-query.js';

/** Shows at each scrape how many connections the pool has, how many it may have, and how many statements wait for one. */
export function registerPoolGauges(metrics: Metrics, dataSource: DataSource, poolSize: number): void {
  metrics.gauge('loomi_database_connections', 'Connections to PostgreSQL by state', ['state'], (gauge) => {
    const { totalCount = 0, idleCount = 0 } = poolOf(dataSource) ?? {};
    gauge.set({ state: 'busy' }, totalCount - idleCount);
    gauge.set({ state: 'idle' }, idleCount);
  });
  metrics.gauge('loomi_database_waiting', 'Transactions and statements that wait for a connection', [], (gauge) =>
    gauge.set(poolOf(dataSource)?.waitingCount ?? 0),
  );
  metrics.gauge('loomi_database_connections_max', 'Connections to PostgreSQL that the process may have').set(poolSize);
}
