import type { Metrics } from '../metrics/metrics.js';
import type { RedisClient } from './redis.js';

/** Shows at each scrape whether the process has a connection to Redis. */
export function registerRedisGauge(metrics: Metrics, redis: Pick<RedisClient, 'status'>): void {
  metrics.gauge('loomi_redis_connected', 'Whether there is a connection to Redis', [], (gauge) =>
    gauge.set(redis.status === 'ready' ? 1 : 0),
  );
}
