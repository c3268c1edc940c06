import type { Redis } from 'ioredis';
import type { Metrics } from '../metrics/metrics.js';

/** Shows at each scrape whether the process has a connection to Redis. */
export function registerRedisGauge(metrics: Metrics, redis: Pick<Redis, 'status'>): void {
  metrics.gauge('loomi_redis_connected', 'Whether there is a connection to Redis', [], (gauge) =>
    gauge.set(redis.status === 'ready' ? 1 : 0),
  );
}
