import { Variable } from './variable.decorator.js';

/** How to reach Redis. */
export class RedisSettings {
  @Variable('REDIS_URL', {
    kind: 'redis-url',
    meaning:
      'Redis: redis://, rediss:// (TLS), redis+sentinel://host:port,host:port/master-name/db or ' +
      'redis+cluster://host:port,host:port (rediss+cluster://: TLS)',
  })
  readonly url: string;
}
