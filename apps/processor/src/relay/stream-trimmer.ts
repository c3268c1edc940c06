import type { RedisClient } from '#platform/redis/redis.js';
import { ResultStream } from './result-stream.js';
import type { StreamRecord } from './stream-record.js';

const EVERY_MS = 60_000;
// A million entries a minute and stream: more than ever came in that time.
const MOST_CALLS = 100;

/** Removes from the streams what is older than they keep: by time, never by count, so that a busy day costs no entry. */
export class StreamTrimmer {
  private readonly trimmedAt = new Map<string, number>();

  constructor(
    private readonly redis: RedisClient,
    private readonly retentionSeconds: number,
  ) {}

  /** Trims the streams whose last trim is a minute ago. */
  async trim(records: readonly StreamRecord[], nowMs: number): Promise<void> {
    for (const { stream } of records) {
      if (performance.now() - (this.trimmedAt.get(stream) ?? -Infinity) < EVERY_MS) continue;
      this.trimmedAt.set(stream, performance.now());
      const entries = new ResultStream(this.redis, stream);
      for (let call = 0; call < MOST_CALLS; call += 1) {
        if ((await entries.trim(Math.max(0, Math.floor(nowMs - this.retentionSeconds * 1000)))) === 0) break;
      }
    }
  }
}
