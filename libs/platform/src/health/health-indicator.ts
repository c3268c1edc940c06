import type { Loop } from '../loop/loop.js';
import { withinLimit } from '../clock/within-limit.js';

/** How something that this process depends on is; `degraded` is worse than usual but no reason to send traffic elsewhere. */
export type HealthStatus = 'up' | 'degraded' | 'down';

/** One thing that health asks about. A check that throws counts as down. */
export interface HealthIndicator {
  /** In snake_case; the key in the answer's `checks`. */
  readonly name: string;
  check(): Promise<{ readonly status: HealthStatus; readonly details?: Readonly<Record<string, number | boolean>> }>;
}

/** Whether PostgreSQL answers `SELECT 1` within a second; down when not. */
export function postgresIndicator(dataSource: { query(sql: string): Promise<unknown> }, limitMs = 1000): HealthIndicator {
  return probe('postgres', () => dataSource.query('SELECT 1'), limitMs, 'down');
}

/** Whether Redis answers PING within half a second; what it means when not is the app's to say. */
export function redisIndicator(
  redis: { ping(): Promise<unknown> },
  whenSilent: 'degraded' | 'down',
  limitMs = 500,
): HealthIndicator {
  return probe('redis', () => redis.ping(), limitMs, whenSilent);
}

/** Whether every loop ended a pass, well or badly, within the limit; down when one did not. */
export function loopsIndicator(
  loops: readonly Pick<Loop, 'sinceLastTurnMs'>[],
  limitMs = 60_000,
): HealthIndicator {
  return {
    name: 'loops',
    check: async () => {
      const oldestTurnMs = Math.max(0, ...loops.map((loop) => loop.sinceLastTurnMs));
      const details = { oldest_turn_seconds: Math.round(oldestTurnMs / 1000) };
      return { status: oldestTurnMs <= limitMs ? 'up' : 'down', details };
    },
  };
}

function probe(name: string, ask: () => Promise<unknown>, limitMs: number, whenSilent: HealthStatus): HealthIndicator {
  let asked: Promise<HealthStatus> | undefined;
  return {
    name,
    check: async () => {
      // One question at a time: while a server is silent, questions that gave up must not pile up in its pool.
      asked ??= ask().then(
        () => 'up' as const,
        () => whenSilent,
      ).finally(() => {
        asked = undefined;
      });
      return { status: await withinLimit<HealthStatus>(asked, limitMs, whenSilent) };
    },
  };
}
