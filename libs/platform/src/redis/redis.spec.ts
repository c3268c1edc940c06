import { Redis } from 'ioredis';
import { startRedis, type RedisServer } from '../../../../test/stack/redis.ts';
import { scratchFolder } from '../../../../test/stack/scratch.ts';
import { until } from '../../../../test/stack/until.ts';
import { createLog } from '../logging/log.js';
import { createRedis } from './redis.js';

describe('createRedis', () => {
  let server: RedisServer;
  let events: string[];
  const open: Redis[] = [];
  beforeAll(async () => {
    server = await startRedis({ dir: scratchFolder().subfolder('redis') });
  }, 60_000);
  afterEach(async () => {
    for (const redis of open.splice(0)) redis.disconnect();
    await server.restart();
  });
  afterAll(() => server.stop());

  async function connect(role: 'commands' | 'blocking'): Promise<Redis> {
    events = [];
    const write = (line: string): void => void events.push((JSON.parse(line) as { event: string }).event);
    const log = createLog({ service: 'test', level: 'info', destination: { write } });
    const redis = createRedis(server.url, { name: 'loomi-test', role, log });
    if (!(redis instanceof Redis)) throw new Error('this is a Cluster');
    open.push(redis);
    await until('the connection', 5000, () => redis.status === 'ready');
    return redis;
  }

  test('the connection bears its name', async () => {
    expect(await (await connect('commands')).client('GETNAME')).toBe('loomi-test');
  });

  test('while Redis is away a command fails at once, and afterwards works without a restart', async () => {
    const redis = await connect('commands');
    await server.kill('SIGKILL');
    await until('the loss to be seen', 2000, () => redis.status !== 'ready');
    await expect(redis.ping()).rejects.toThrow("Stream isn't writeable and enableOfflineQueue options is false");
    await server.restart();
    await until('Redis to answer', 5000, () =>
      redis.ping().then(
        () => true,
        () => false,
      ),
    );
  });

  test('a silent Redis holds a command up for two seconds, no longer', async () => {
    const redis = await connect('commands');
    process.kill(server.pid, 'SIGSTOP');
    try {
      await expect(redis.ping()).rejects.toThrow('timed out');
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
  }, 10_000);

  test('a command that was under way when the connection was lost rejects and is never sent again', async () => {
    const redis = await connect('commands');
    process.kill(server.pid, 'SIGSTOP');
    const added = expect(redis.xadd('tasks', '*', 'id', '1')).rejects.toThrow();
    redis.stream.destroy();
    await added;
    process.kill(server.pid, 'SIGCONT');
    await until('the connection to be back', 5000, () => redis.status === 'ready');
    // The server may have read it before the connection went: once is possible, twice is not.
    expect(await redis.xlen('tasks')).toBeLessThanOrEqual(1);
  });

  test('a blocking read outlives the limit of commands, and rejects when the connection is lost', async () => {
    const reader = await connect('blocking');
    expect(await reader.xread('BLOCK', 2500, 'STREAMS', 'nothing', '$')).toBeNull();
    const read = expect(reader.xread('BLOCK', 5000, 'STREAMS', 'nothing', '$')).rejects.toThrow();
    await until('the read to wait', 2000, async () => (await reads()) > 0);
    await server.kill('SIGKILL');
    await read;
  }, 15_000);

  test('a blocking reader works again after Redis came back', async () => {
    const reader = await connect('blocking');
    await server.kill('SIGKILL');
    await server.restart();
    await until('the reader to answer', 5000, () =>
      reader.ping().then(
        () => true,
        () => false,
      ),
    );
  });

  test('an outage is two lines in the log, however often the connection was tried', async () => {
    const redis = await connect('commands');
    let tries = 0;
    redis.on('reconnecting', () => (tries += 1));
    await server.kill('SIGKILL');
    await until('some tries', 10_000, () => tries >= 5);
    await server.restart();
    await until('the connection to be back', 5000, () => redis.status === 'ready');
    expect(events).toEqual(['redis_connected', 'redis_unreachable', 'redis_connected']);
  }, 20_000);

  /** How many clients wait in a blocking command. */
  async function reads(): Promise<number> {
    const watcher = await connect('commands');
    return Number(/blocked_clients:(\d+)/.exec(await watcher.info('clients'))?.[1]);
  }
});
