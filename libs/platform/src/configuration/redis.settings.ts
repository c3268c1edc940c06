import { Variable } from './variable.decorator.js';

/** How to reach Redis. */
export class RedisSettings {
  @Variable('REDIS_URL', {
    kind: 'redis-url',
    meaning: 'Redis: redis://, rediss:// (TLS) or redis+sentinel://host:port,host:port/master-name/db',
  })
  readonly url: string;
}
