import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import type { EntryId } from '#domain/streams/entry-id.js';
import { numberEvents, NUMBERING_BATCH, type Numbering } from '#domain/streams/event-numbering.js';
import type { Log } from '#platform/logging/log.js';
import { OrderTraces } from '#platform/tracing/order-traces.js';
import type { Metrics } from '#platform/metrics/metrics.js';
import type { RedisClient } from '#platform/redis/redis.js';
import { NewsCopier } from './news-copier.js';
import { RelayJournal } from './relay-journal.js';
import { RelayMemory } from './relay-memory.js';
import { StreamTrouble } from './result-stream.js';
import { SharedGroupWatch } from './shared-group-watch.js';
import { StreamCopier } from './stream-copier.js';
import { lagSeconds } from './stream-events.js';
import { loadRecords, saveRecords, type StreamAges, type StreamRecord } from './stream-record.js';
import { StreamTrimmer } from './stream-trimmer.js';

const DAY_SECONDS = 86_400;
const LOOK_EVERY_MS = 1000;
// One runOnce ends after so many transactions of a kind; the loop that calls it goes on at once.
const MOST_TURNS = 20;
const LONGEST_PASS_MS = 1000;
// Another relay is at work for milliseconds, and may have looked before the event came that woke this one: numbers are given
// in one or two, a look takes ten or more.
const LONGEST_WAIT_MS = 200;
const NUMBERING_RETRY_MS = 5;
const LOOK_RETRY_MS = 25;
// A relay that is paused holds the others up no longer; an answer of Redis takes two seconds at most.
const LONGEST_SILENCE = '5s';

/** What an {@link EventRelay} works with. */
export interface EventRelayOptions {
  readonly dataSource: DataSource;
  /** A `commands` connection. */
  readonly redis: RedisClient;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Told of each event that is on its stream; nobody is when left out. */
  readonly traces?: OrderTraces;
  /** How long entries stay on the streams: 7 days when left out. */
  readonly retentionSeconds?: number;
  /** How much of the past a lost stream gets back at least: an hour when left out. */
  readonly refillSeconds?: number;
  /** How often the streams and the apps' consumer groups are looked at though there is nothing to send: 1000 when left out. */
  readonly lookEveryMs?: number;
}

/**
 * Numbers the committed events and copies them to the result streams. Every replica runs one. What was just numbered is
 * appended where the streams stand as they were known to; once a second, and where they do not, whichever relay holds the lock
 * looks at them. Nothing announces an event but the process that wrote it, which wakes its own relay: so no polling faster than
 * the look a second that finds a loss, and no NOTIFY, which a PgBouncer would not pass on.
 */
export class EventRelay {
  private readonly journal: RelayJournal;
  private readonly memory = new RelayMemory();
  private readonly news: NewsCopier;
  private readonly copier: StreamCopier;
  private readonly trimmer: StreamTrimmer;
  private readonly sharedGroups: SharedGroupWatch;
  private readonly ages: StreamAges;
  private readonly lookEveryMs: number;
  private lookAt = -Infinity;
  private isLeft = false;

  constructor(private readonly options: EventRelayOptions) {
    const { dataSource, redis, log, metrics, traces = OrderTraces.none() } = options;
    const { retentionSeconds = 7 * DAY_SECONDS, refillSeconds = 3600 } = options;
    this.lookEveryMs = options.lookEveryMs ?? LOOK_EVERY_MS;
    this.ages = { retentionSeconds, refillSeconds };
    this.journal = new RelayJournal(log, metrics, traces);
    this.news = new NewsCopier(dataSource, redis, this.journal, this.memory);
    this.copier = new StreamCopier(redis, this.journal, this.memory, this.ages);
    this.trimmer = new StreamTrimmer(redis, retentionSeconds);
    this.sharedGroups = new SharedGroupWatch(redis, log, metrics);
  }

  /** In how many milliseconds the next look is due; 0 too where the last pass ended before all was done. */
  get dueInMs(): number {
    return this.isLeft ? 0 : Math.max(0, this.lookAt - performance.now());
  }

  /** Has the next pass look, though none is due: Redis was away and may have lost something. */
  lookSoon(): void {
    this.lookAt = -Infinity;
  }

  /**
   * Gives every committed event its entry id, then appends what the streams lack. Gives how much was done. While Redis is
   * away the numbering goes on and this resolves all the same; it rejects only where PostgreSQL fails.
   */
  async runOnce(): Promise<number> {
    this.isLeft = false;
    const { count, last } = await this.numberAll();
    const appended = last && (await this.news.append(last));
    const isDue = performance.now() >= this.lookAt;
    if (isDue) this.lookAt = performance.now() + this.lookEveryMs;
    if (appended !== null && !isDue) return count + appended;
    const found = await this.publishAll(isDue);
    if (isDue) this.journal.lagged(await lagSeconds(this.options.dataSource.manager));
    return count + (appended ?? 0) + found;
  }

  /** Gives how many there were, and what the last numbering told; null while another relay is at it, or looks at the streams. */
  private async numberAll(): Promise<{ count: number; last: Numbering | null }> {
    const since = this.memory.known?.head ?? null;
    let count = 0;
    for (let turn = 0; turn < MOST_TURNS; turn += 1) {
      const last = await this.whenFree(async () => {
        const numbering = await numberEvents(this.options.dataSource.manager, since);
        count += numbering?.count ?? 0;
        return numbering && (numbering.nobodyLooks || !isNews(numbering)) ? numbering : null;
      }, NUMBERING_RETRY_MS);
      if (last === null || last.count < NUMBERING_BATCH) return { count, last };
    }
    this.isLeft = true;
    return { count, last: null };
  }

  private async publishAll(look: boolean): Promise<number> {
    let appended = 0;
    for (let turn = 0; turn < MOST_TURNS; turn += 1) {
      const pass = await this.whenFree(() => this.options.dataSource.transaction((em) => this.publish(em, look)), LOOK_RETRY_MS);
      if (!pass) return appended;
      appended += pass.appended;
      this.memory.known = pass.isComplete ? { head: pass.head, records: pass.records } : null;
      if (pass.again) continue;
      if (look) await this.tidy(pass.records, pass.nowMs);
      return appended;
    }
    this.isLeft = true;
    return appended;
  }

  /** One pass over all streams; null while another relay is at it. */
  private async publish(em: EntityManager, look: boolean): Promise<PassResult | null> {
    if (!(await takeLock(em))) return null;
    const { records, head, nowMs } = await loadRecords(em, this.ages);
    const pass = { head, nowMs, deadline: performance.now() + LONGEST_PASS_MS, look };
    const result = { appended: 0, again: false, records: [] as StreamRecord[], head, nowMs };
    const changed: StreamRecord[] = [];
    for (const record of records) {
      try {
        const copied = await this.copier.copy(em, record, pass);
        result.appended += copied.appended;
        result.again ||= copied.again;
        result.records.push(record);
        if (copied.changed) changed.push(record);
      } catch (error) {
        if (!(error instanceof StreamTrouble)) throw error;
        this.journal.troubledBy(record.stream, error);
        // What took so long is a node that is silent: no time is left to wait for it once for each stream.
        if (!error.unreachable && performance.now() < pass.deadline) continue;
        Object.assign(result, { again: false, records: [] });
        break;
      }
    }
    await saveRecords(em, changed);
    return { ...result, isComplete: !result.again && result.records.length === records.length };
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

  /** Tries again for a moment while another process is at it, and then leaves it to that one. */
  private async whenFree<T>(work: () => Promise<T | null>, retryMs: number): Promise<T | null> {
    for (let waitedMs = 0; waitedMs < LONGEST_WAIT_MS; waitedMs += retryMs) {
      const result = await work();
      if (result !== null) return result;
      await delay(retryMs);
    }
    return null;
  }
}

/** Whether there is something to append to streams that are known: a whole batch is not, for there may be more. */
function isNews({ count, events }: Numbering): boolean {
  return count < NUMBERING_BATCH && events !== null && events.length > 0;
}

interface PassResult {
  appended: number;
  again: boolean;
  /** Of the streams that gave no trouble. */
  records: readonly StreamRecord[];
  /** Whether every stream has everything up to `head`. */
  isComplete: boolean;
  head: EntryId;
  nowMs: number;
}

/**
 * True where no other relay works on the streams. Limits the silence of the transaction, and has it read in the order of the
 * indexes: where the statistics lag behind, as on a day's young partition, the planner believes that few events are left and
 * sorts all of them, for every batch again. With sorting made dear it would rather start two processes for a dozen rows.
 */
async function takeLock(em: EntityManager): Promise<boolean> {
  const [lock] = await em.query<{ mine: boolean }[]>(
    `SELECT pg_try_advisory_xact_lock(hashtext('loomi event relay')) AS mine,
       set_config('idle_in_transaction_session_timeout', $1, true),
       set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true),
       set_config('max_parallel_workers_per_gather', '0', true)`,
    [LONGEST_SILENCE],
  );
  return lock?.mine ?? false;
}
