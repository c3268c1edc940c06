import { withinLimit } from '#platform/clock/within-limit.js';
import type { Log } from '#platform/logging/log.js';
import type { Metrics } from '#platform/metrics/metrics.js';
import type { RedisClient } from '#platform/redis/redis.js';
import type { TaskStream } from './stream-names.js';

// Wake-ups older than that are worth nothing: the loops have looked by themselves long since.
const LONGEST_STREAM = 100_000;
// One command for a whole group: one each would be one promise, one timer and one answer each.
const SEND = `for _, id in ipairs(ARGV) do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ${LONGEST_STREAM}, '*', 'id', id)
end`;
// A healthy Redis answers in a millisecond; beyond this the caller's answer matters more than the wake-up.
const LIMIT_MS = 100;

/**
 * Wakes the processors for rows that were committed. Best effort: a wake-up that is lost costs a second, since the
 * processors also look in PostgreSQL by themselves.
 */
export class TaskPublisher {
  private readonly wakeUps;
  private failing = false;

  /** @param redis a `commands` connection, which rejects at once while Redis is away. */
  constructor(
    private readonly redis: RedisClient,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    this.wakeUps = metrics.counter('loomi_task_wakeups_total', 'Wake-ups for processors by outcome', ['stream', 'outcome']);
  }

  /** Resolves once the wake-ups are sent, failed, or 100 ms have passed; never rejects. */
  async publish(stream: TaskStream, ids: readonly string[]): Promise<void> {
    const sent = this.send(stream, ids).then(
      () => this.note('sent', stream, ids.length),
      (error: unknown) => this.note('failed', stream, ids.length, error),
    );
    await withinLimit(sent, LIMIT_MS, undefined);
  }

  private async send(stream: TaskStream, ids: readonly string[]): Promise<void> {
    await this.redis.eval(SEND, 1, stream, ...ids);
  }

  /** Counts every one, logs the first of a row of failures only. */
  private note(outcome: 'sent' | 'failed', stream: TaskStream, count: number, error?: unknown): void {
    this.wakeUps.inc({ stream, outcome }, count);
    const failed = outcome !== 'sent';
    if (failed && !this.failing) this.log.warn('task_wakeups_failing', { stream, outcome, error });
    this.failing = failed;
  }
}
