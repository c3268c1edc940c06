import { QueryFailedError, type DataSource } from 'typeorm';
import type { Log } from '#platform/logging/log.js';
import type { Metrics } from '#platform/metrics/metrics.js';

const DAYS_AHEAD = 7;
// Adding a partition locks the whole table: rather try again later than queue everybody behind a long transaction.
const LONGEST_LOCK_WAIT = '2s';
// The default partition holds rows of that day; the lock was not to be had in time.
const TRY_LATER = ['23514', '55P03'];
const MADE_MEANWHILE = '42P07';
const KEPT = ['events', 'notifications'] as const;

/** What a {@link PartitionKeeper} works with. */
export interface PartitionKeeperOptions {
  readonly dataSource: DataSource;
  readonly log: Log;
  readonly metrics: Metrics;
  /** How long events are kept for `GET /events`: 30 when left out. */
  readonly eventDays?: number;
  /** How long notifications are kept: 90 when left out. */
  readonly notificationDays?: number;
}

/** Makes the day partitions of the coming week, and drops those whose time is over and whose rows nobody waits for. */
export class PartitionKeeper {
  private readonly failures;

  constructor(private readonly options: PartitionKeeperOptions) {
    const help = 'Partitions that could not be made or dropped';
    this.failures = options.metrics.counter('loomi_partition_failures_total', help, ['parent']);
    for (const parent of KEPT) this.failures.inc({ parent }, 0);
  }

  /**
   * Gives how many partitions were made or dropped. One that cannot be made, since the default partition already holds rows of
   * its day or somebody has the table locked, is logged and left: the default partition takes the day's rows.
   */
  async runOnce(): Promise<number> {
    const { eventDays = 30, notificationDays = 90 } = this.options;
    const days = { events: eventDays, notifications: notificationDays };
    let changed = 0;
    for (const parent of KEPT) {
      for (let ahead = 0; ahead <= DAYS_AHEAD; ahead += 1) {
        changed += await this.attempt(
          parent,
          `SELECT add_partition($1, ((loomi_now() AT TIME ZONE 'UTC')::date + $2::integer))::integer AS changed`,
          ahead,
        );
      }
      changed += await this.attempt(
        parent,
        `SELECT drop_partitions($1, loomi_now() - make_interval(days => $2::integer)) AS changed`,
        days[parent],
      );
    }
    return changed;
  }

  private async attempt(parent: (typeof KEPT)[number], statement: string, days: number): Promise<number> {
    const { dataSource, log } = this.options;
    try {
      return await dataSource.transaction(async (em) => {
        await em.query(`SELECT set_config('lock_timeout', $1, true)`, [LONGEST_LOCK_WAIT]);
        const [row] = await em.query<{ changed: number }[]>(statement, [parent, days]);
        return row?.changed ?? 0;
      });
    } catch (error) {
      const code = error instanceof QueryFailedError ? (error.driverError as { code?: string }).code : undefined;
      if (code === MADE_MEANWHILE) return 0;
      if (code === undefined || !TRY_LATER.includes(code)) throw error;
      this.failures.inc({ parent });
      log.error('partition_left', { partition: parent, error });
      return 0;
    }
  }
}
