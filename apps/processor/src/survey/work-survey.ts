import type { DataSource } from 'typeorm';
import { ANOMALY_KINDS } from '#domain/orders/anomaly-kinds.js';
import type { Metrics } from '#platform/metrics/metrics.js';
import type { Surveyor } from './survey.js';

// Tried again after 2, 4, 8, 16 and 32 seconds: what fails for longer does not mend by itself.
const STUCK_FAILURES = 5;
const STUCK_SECONDS = 1_800;
const DAYS_AHEAD = 7;
const KIND: readonly string[] = ['kind'];
const PARENT: readonly string[] = ['parent'];

interface Row {
  label: string;
  value: string;
}

/** What waits for somebody: due work, stuck work, anomalies, and days without a partition. By partial indexes alone. */
export class WorkSurvey implements Surveyor {
  private readonly gauges;

  constructor(
    private readonly dataSource: DataSource,
    metrics: Metrics,
  ) {
    const due = metrics.gauge('loomi_due_work', 'Work that is due now', KIND);
    const stuck = metrics.gauge('loomi_stuck', 'Work that fails again and again, or did not end in its time', KIND);
    const anomalies = metrics.gauge('loomi_unresolved_anomalies', 'Anomalies that no operator has resolved', KIND);
    const partitions = metrics.gauge('loomi_partition_days_ahead', 'Coming days that have a partition', PARENT);
    this.gauges = [
      { gauge: due, label: 'kind', sql: DUE },
      { gauge: stuck, label: 'kind', sql: STUCK },
      { gauge: anomalies, label: 'kind', sql: ANOMALIES },
      { gauge: partitions, label: 'parent', sql: PARTITIONS },
    ];
  }

  async look(): Promise<void> {
    for (const { gauge, label, sql } of this.gauges) {
      const rows = await this.dataSource.query<Row[]>(sql);
      gauge.reset();
      for (const row of rows) gauge.set({ [label]: row.label }, Number(row.value));
    }
  }

  forget(): void {
    for (const { gauge } of this.gauges) gauge.reset();
  }
}

const DUE = `
  SELECT 'payment' AS label, count(*) AS value FROM payment_orders WHERE due_at <= loomi_now()
  UNION ALL SELECT 'refund', count(*) FROM refund_orders WHERE due_at <= loomi_now()
  UNION ALL SELECT 'notification', count(*) FROM notifications WHERE applied_at IS NULL AND due_at <= loomi_now()
  UNION ALL SELECT 'decision', count(*) FROM decisions WHERE carried_out_at IS NULL AND due_at <= loomi_now()`;

// What `admin stuck list --min-failures 5` shows, and decisions. By UNION, since each half has an index of its own.
const LATE = `loomi_now() - make_interval(secs => ${STUCK_SECONDS})`;
const OPEN = "status IN ('pending', 'processing')";
const STUCK = `
  SELECT 'payment' AS label, count(*) AS value FROM (
    SELECT id FROM payment_orders WHERE failures > 0 AND failures >= ${STUCK_FAILURES}
    UNION SELECT id FROM payment_orders WHERE ${OPEN} AND expires_at <= ${LATE}) p
  UNION ALL SELECT 'refund', count(*) FROM (
    SELECT id FROM refund_orders WHERE failures > 0 AND failures >= ${STUCK_FAILURES}
    UNION SELECT id FROM refund_orders WHERE ${OPEN} AND created_at <= ${LATE}) r
  UNION ALL SELECT 'notification', count(*) FROM notifications
    WHERE applied_at IS NULL AND (failures >= ${STUCK_FAILURES} OR received_at <= ${LATE})
  UNION ALL SELECT 'decision', count(*) FROM decisions WHERE carried_out_at IS NULL AND failures >= ${STUCK_FAILURES}`;

// At 0 where there is none of a kind, so that a first one is seen to rise.
const ANOMALIES = `
  SELECT k.kind AS label, count(a.id) AS value FROM unnest(ARRAY['${ANOMALY_KINDS.join("', '")}']) AS k(kind)
  LEFT JOIN anomalies a ON a.kind = k.kind AND a.resolved_at IS NULL GROUP BY k.kind`;

// A partition's name ends in its day.
const PARTITIONS = `
  SELECT parent AS label, count(to_regclass(parent || to_char((loomi_now() AT TIME ZONE 'UTC')::date + ahead, '_YYYYMMDD'))) AS value
  FROM unnest(ARRAY['events', 'notifications']) AS parent, generate_series(1, ${DAYS_AHEAD}) AS ahead GROUP BY parent`;
