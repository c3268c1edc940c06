import { isRedisUrl, redisPlace } from './redis-url.js';

describe('redisPlace', () => {
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
    expect(redisPlace(url)).toEqual({ options, cluster: null });
  });

  test.each([
    ['redis+cluster://one:7000,two', {}, [['one', 7000], ['two', 6379]]],
    ['redis+cluster://app:p%40ss@one', { username: 'app', password: 'p@ss' }, [['one', 6379]]],
    ['redis+cluster://[::1]:7000/', {}, [['::1', 7000]]],
    ['rediss+cluster://:secret@one/0', { password: 'secret', tls: {} }, [['one', 6379]]],
  ])('reads %s', (url, options, hosts) => {
    expect(isRedisUrl(url)).toBe(true);
    expect(redisPlace(url)).toEqual({ options, cluster: hosts.map(([host, port]) => ({ host, port })) });
  });

  test.each(['', 'cache:6379', 'http://cache', 'redis://', 'redis://cache/x', 'redis+sentinel://one', 'redis+sentinel://a:x/m',
    'redis+cluster://', 'redis+cluster://one,', 'redis+cluster://one/1', 'redis+cluster://a:x'])(
    '%p is no address, and the refusal does not repeat it',
    (url) => {
      expect(isRedisUrl(url)).toBe(false);
      expect(() => redisPlace(url)).toThrow(/^not a redis:\/\/, .* or rediss\+cluster:\/\/ address$/);
    },
  );
});
