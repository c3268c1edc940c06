import { Redis } from 'ioredis';
import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChaosStack } from './chaos-stack.ts';
import type { FaultLog } from './fault-log.ts';

const LOOK_EVERY_MS = 100;
const GIVE_UP_MS = 60_000;

export interface Recovery {
  kind: string;
  ms: number;
  /** How many programs wanted each processor of this machine meanwhile; 1 or less: each had what it wanted. */
  crowding: number;
}

/** Measures how long after a loss the streams and the apps' groups are as PostgreSQL knows them. */
export class RedisWatch {
  readonly recoveries: Recovery[] = [];
  readonly #stack: ChaosStack;
  readonly #log: FaultLog;
  readonly #redis: Redis;

  constructor(stack: ChaosStack, log: FaultLog) {
    this.#stack = stack;
    this.#log = log;
    this.#redis = new Redis(stack.redis.url, { maxRetriesPerRequest: 1, retryStrategy: () => 100 });
    // Asked while Redis may be away; the command that fails says it.
    this.#redis.on('error', () => undefined);
  }

  close(): void {
    this.#redis.disconnect();
  }

  /** Resolves once every stream has what it had to have when this was called, and every known group is on it. */
  async recovered(kind: string): Promise<void> {
    const wanted = await this.#wanted();
    const from = performance.now();
    while (performance.now() - from < GIVE_UP_MS) {
      if (await this.#has(wanted)) break;
      await delay(LOOK_EVERY_MS);
    }
    const ms = Math.round(performance.now() - from);
    const crowding = (loadavg()[0] ?? 0) / availableParallelism();
    this.recoveries.push({ kind, ms, crowding });
    this.#log.note(`${kind}: made good after ${ms} ms (${crowding.toFixed(1)} programs a processor)`);
  }

  async #wanted(): Promise<Wanted[]> {
    const { rows } = await this.#stack.books.query<Wanted>(
      `SELECT g.stream, array_agg(g.group_name) AS groups, max(e.ms)::text AS ms, max(e.seq)::text AS seq
       FROM stream_groups g CROSS JOIN LATERAL (
         SELECT entry_ms AS ms, entry_seq AS seq FROM events
         WHERE entry_ms IS NOT NULL AND kind || '_results' = split_part(g.stream, ':', 1)
           AND (g.stream NOT LIKE '%:%' OR app_id = split_part(g.stream, ':', 2))
         ORDER BY entry_ms DESC, entry_seq DESC LIMIT 1) e
       GROUP BY g.stream`,
    );
    return rows;
  }

  async #has(wanted: readonly Wanted[]): Promise<boolean> {
    try {
      for (const { stream, groups, ms, seq } of wanted) {
        const found = (await this.#redis.xinfo('GROUPS', stream)) as unknown[][];
        const names = found.map((row) => String(row[row.indexOf('name') + 1]));
        if (!groups.every((name) => names.includes(name))) return false;
        if ((await this.#redis.xrange(stream, `${ms}-${seq}`, `${ms}-${seq}`)).length === 0) return false;
      }
      return true;
    } catch {
      // Away, or without the stream: not recovered.
      return false;
    }
  }
}

interface Wanted {
  stream: string;
  groups: string[];
  ms: string;
  seq: string;
}
