import { isRedisUrl, redisOptions } from './redis-url.js';

describe('redisOptions', () => {
  test.each([
    ['redis://cache', { host: 'cache', port: 6379, db: 0 }],
    ['redis://cache:6380/3', { host: 'cache', port: 6380, db: 3 }],
    ['redis://[::1]:6380', { host: '::1', port: 6380, db: 0 }],
    ['redis://app:p%40ss@cache', { host: 'cache', port: 6379, db: 0, username: 'app', password: 'p@ss' }],
    ['redis://:p%zz@cache', { host: 'cache', port: 6379, db: 0, password: 'p%zz' }],
    ['rediss://cache', { host: 'cache', port: 6379, db: 0, tls: {} }],
    [
      'redis+sentinel://:secret@one:26380,two/mymaster/2',
      {
        name: 'mymaster',
        db: 2,
        password: 'secret',
        sentinels: [
          { host: 'one', port: 26380 },
          { host: 'two', port: 26379 },
        ],
      },
    ],
  ])('reads %s', (url, options) => {
    expect(isRedisUrl(url)).toBe(true);
    expect(redisOptions(url)).toEqual(options);
  });

  test.each(['', 'cache:6379', 'http://cache', 'redis://', 'redis://cache/x', 'redis+sentinel://one', 'redis+sentinel://a:x/m'])(
    '%p is no address, and the refusal does not repeat it',
    (url) => {
      expect(isRedisUrl(url)).toBe(false);
      expect(() => redisOptions(url)).toThrow(/^not a redis:\/\/, rediss:\/\/ or redis\+sentinel:\/\/ address$/);
    },
  );
});
