import type { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import { numberEvents, NUMBERING_BATCH } from '#domain/streams/event-numbering.js';
import type { Log } from '#platform/logging/log.js';
import type { Metrics } from '#platform/metrics/metrics.js';
import { RelayJournal } from './relay-journal.js';
import { StreamTrouble } from './result-stream.js';
import { SharedGroupWatch } from './shared-group-watch.js';
import { StreamCopier } from './stream-copier.js';
import { lagSeconds, logHead } from './stream-events.js';
import { loadRecords, type StreamAges, type StreamRecord } from './stream-record.js';
import { StreamTrimmer } from './stream-trimmer.js';

const DAY_SECONDS = 86_400;
// One runOnce ends after so many transactions of a kind; the loop that calls it goes on at once.
const MOST_TURNS = 20;
const LONGEST_PASS_MS = 1000;
// Another relay is at work for milliseconds, and may have looked before the event came that woke this one.
const BUSY_RETRY_MS = 25;
const BUSY_RETRIES = 8;
// A relay that is paused holds the others up no longer; an answer of Redis takes two seconds at most.
const LONGEST_SILENCE = '5s';
const LAG_EVERY_MS = 1000;

/** What an {@link EventRelay} works with. */
export interface EventRelayOptions {
  readonly dataSource: DataSource;
  /** A `commands` connection. */
  readonly redis: Redis;
  readonly log: Log;
  readonly metrics: Metrics;
  /** How long entries stay on the streams: 7 days when left out. */
  readonly retentionSeconds?: number;
  /** How much of the past a lost stream gets back at least: an hour when left out. */
  readonly refillSeconds?: number;
  /** How often the apps' consumer groups are looked at: 1000 when left out. */
  readonly groupsEveryMs?: number;
}

/**
 * Numbers the committed events and copies them to the result streams. Every replica runs one; whichever holds the lock
 * works. Nothing announces an event but the process that wrote it, which wakes its own relay: so no polling faster than
 * the look a second that finds a loss, and no NOTIFY, which a PgBouncer would not pass on.
 */
export class EventRelay {
  private readonly journal: RelayJournal;
  private readonly copier: StreamCopier;
  private readonly trimmer: StreamTrimmer;
  private readonly sharedGroups: SharedGroupWatch;
  private readonly ages: StreamAges;
  private measuredAt = -Infinity;

  constructor(private readonly options: EventRelayOptions) {
    const { redis, log, metrics, retentionSeconds = 7 * DAY_SECONDS, refillSeconds = 3600, groupsEveryMs = 1000 } = options;
    this.ages = { retentionSeconds, refillSeconds };
    this.journal = new RelayJournal(log, metrics);
    this.copier = new StreamCopier(redis, this.journal, this.ages, groupsEveryMs);
    this.trimmer = new StreamTrimmer(redis, retentionSeconds);
    this.sharedGroups = new SharedGroupWatch(redis, log, metrics);
  }

  /**
   * Gives every committed event its entry id, then appends what the streams lack. Gives how much was done. While Redis is
   * away the numbering goes on and this resolves all the same; it rejects only where PostgreSQL fails.
   */
  async runOnce(): Promise<number> {
    const numbered = await this.numberAll();
    const appended = await this.publishAll();
    await this.measure();
    return numbered + appended;
  }

  private async numberAll(): Promise<number> {
    let numbered = 0;
    for (let turn = 0; turn < MOST_TURNS; turn += 1) {
      const count = await this.whenFree(() => this.options.dataSource.transaction((em) => this.number(em)));
      numbered += count ?? 0;
      if (count === null || count < NUMBERING_BATCH) break;
    }
    return numbered;
  }

  private async number(em: EntityManager): Promise<number | null> {
    await prepare(em);
    return numberEvents(em);
  }

  private async publishAll(): Promise<number> {
    let appended = 0;
    for (let turn = 0; turn < MOST_TURNS; turn += 1) {
      const pass = await this.whenFree(() => this.options.dataSource.transaction((em) => this.publish(em)));
      if (!pass) break;
      appended += pass.appended;
      if (pass.again) continue;
      await this.tidy(pass.records, pass.nowMs);
      break;
    }
    return appended;
  }

  /** One pass over all streams; null while another relay is at it. */
  private async publish(em: EntityManager): Promise<PassResult | null> {
    const [lock] = await em.query<{ mine: boolean }[]>(
      `SELECT pg_try_advisory_xact_lock(hashtext('loomi event relay')) AS mine`,
    );
    if (!lock?.mine) return null;
    await prepare(em);
    const records = await loadRecords(em, this.ages);
    const { head, nowMs } = await logHead(em);
    const pass = { head, nowMs, deadline: performance.now() + LONGEST_PASS_MS };
    const result: PassResult = { appended: 0, again: false, records: [], nowMs };
    for (const record of records) {
      try {
        const copied = await this.copier.copy(em, record, pass);
        result.appended += copied.appended;
        result.again ||= copied.again;
        result.records.push(record);
        this.journal.wellAgain(record.stream);
      } catch (error) {
        if (!(error instanceof StreamTrouble)) throw error;
        this.journal.troubledBy(record.stream, error);
        if (error.unreachable) return { ...result, again: false, records: [] };
      }
    }
    return result;
  }

  private async tidy(records: readonly StreamRecord[], nowMs: number): Promise<void> {
    try {
      await this.trimmer.trim(records, nowMs);
      await this.sharedGroups.look(this.options.dataSource.manager, records);
    } catch (error) {
      if (!(error instanceof StreamTrouble)) throw error;
      this.journal.troubledBy('tidying', error);
    }
  }

  private async measure(): Promise<void> {
    if (performance.now() - this.measuredAt < LAG_EVERY_MS) return;
    this.measuredAt = performance.now();
    this.journal.lagged(await lagSeconds(this.options.dataSource.manager));
  }

  /** Tries again for a moment while another process is at it, and then leaves it to that one. */
  private async whenFree<T>(work: () => Promise<T | null>): Promise<T | null> {
    for (let attempt = 0; attempt < BUSY_RETRIES; attempt += 1) {
      const result = await work();
      if (result !== null) return result;
      await delay(BUSY_RETRY_MS);
    }
    return null;
  }
}

interface PassResult {
  appended: number;
  again: boolean;
  records: StreamRecord[];
  nowMs: number;
}

/**
 * Limits the silence of the transaction, and has it read in the order of the indexes: where the statistics lag behind, as
 * on a day's young partition, the planner believes that few events are left and sorts all of them, for every batch again.
 */
async function prepare(em: EntityManager): Promise<void> {
  await em.query(
    `SELECT set_config('idle_in_transaction_session_timeout', $1, true),
       set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)`,
    [LONGEST_SILENCE],
  );
}
