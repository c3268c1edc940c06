import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { v7 as uuidv7 } from 'uuid';
import { SilentLog } from '#platform/logging/log.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { ROOT } from '../../../../test/stack/project.ts';
import { startRedis, type RedisServer } from '../../../../test/stack/redis.ts';
import { scratchFolder } from '../../../../test/stack/scratch.ts';
import { TaskConsumer } from './task-consumer.js';
import { TaskPublisher } from './task-publisher.js';

const SHIPPED = readFileSync(join(ROOT, 'docker/redis/users.acl'), 'utf8');
const PASSWORD = 'only-in-this-test';
let server: RedisServer;
const clients = new Map<string, Redis>();

beforeAll(async () => {
  const dir = scratchFolder().subfolder('redis');
  const aclFile = join(dir, 'users.acl');
  const hash = createHash('sha256').update(PASSWORD).digest('hex');
  // Until the default user is switched off the stack's readiness check may speak; here it is let PING.
  const users = SHIPPED.replaceAll(/#SHA256_OF_\w+/g, `#${hash}`).replace('user default off', 'user default on nopass -@all +ping');
  writeFileSync(aclFile, users);
  server = await startRedis({ dir, args: ['--aclfile', aclFile] });
});
afterAll(async () => {
  for (const client of clients.values()) client.disconnect();
  await server.stop();
});

function as(username: string): Redis {
  const known = clients.get(username);
  if (known) return known;
  const client = new Redis(server.url, { username, password: PASSWORD, maxRetriesPerRequest: 1, enableReadyCheck: false });
  clients.set(username, client);
  return client;
}

describe('the shipped users of Redis', () => {
  it('come without a password, and nobody gets in without one', () => {
    expect(SHIPPED).not.toMatch(/nopass|>\S/);
    expect(SHIPPED).not.toMatch(/#[0-9a-f]{64}/);
    expect(SHIPPED).toMatch(/^user default off$/m);
  });

  it('an app can do all that reading takes, on the shared streams', async () => {
    const app = as('apps');
    await app.ping();
    await app.select(0);
    await app.hello(2);
    await app.client('SETNAME', 'shop');
    await app.xgroup('CREATE', 'payment_results', 'shop', '0', 'MKSTREAM');
    const id = (await as('loomi').xadd('payment_results', '*', 'app_id', 'shop')) ?? '';
    await app.xreadgroup('GROUP', 'shop', 'shop_consumer', 'COUNT', 1, 'BLOCK', 100, 'STREAMS', 'payment_results', '>');
    expect(await app.xpending('payment_results', 'shop', '-', '+', 10)).toHaveLength(1);
    await app.xautoclaim('payment_results', 'shop', 'second', 0, '0-0');
    await app.xinfo('GROUPS', 'payment_results');
    await app.xinfo('CONSUMERS', 'payment_results', 'shop');
    expect(await app.xack('payment_results', 'shop', id)).toBe(1);
    expect(await app.xrange('payment_results', '-', '+')).toHaveLength(1);
  });

  const forbidden = [
    ['XADD', 'payment_results', '*', 'new_status', 'succeeded'],
    ['XDEL', 'payment_results', '1-1'],
    ['XTRIM', 'payment_results', 'MAXLEN', '0'],
    ['XSETID', 'payment_results', '9-9'],
    ['XGROUP', 'DESTROY', 'payment_results', 'shop'],
    ['XGROUP', 'SETID', 'payment_results', 'shop', '$'],
    ['XGROUP', 'DELCONSUMER', 'payment_results', 'shop', 'shop_consumer'],
    ['DEL', 'payment_results'],
    ['UNLINK', 'payment_results'],
    ['RENAME', 'payment_results', 'refund_results'],
    ['EXPIRE', 'payment_results', '1'],
    ['SET', 'payment_results', '1'],
    ['RESTORE', 'payment_results', '0', 'x'],
    ['EVAL', `return redis.call('XADD', KEYS[1], '*', 'a', 'b')`, '1', 'payment_results'],
    ['FLUSHALL'],
    ['CONFIG', 'GET', '*'],
    ['ACL', 'LIST'],
    ['KEYS', '*'],
    ['SHUTDOWN'],
    ['CLIENT', 'LIST'],
    ['CLIENT', 'KILL', 'TYPE', 'normal'],
    ['CLIENT', 'PAUSE', '1'],
    ['XRANGE', 'payment_tasks', '-', '+'],
    ['XRANGE', 'payment_results:example', '-', '+'],
  ];
  it.each(forbidden.map((words) => words.join(' ')))('an app cannot %s', async (line) => {
    const [command = '', ...args] = forbidden.find((words) => words.join(' ') === line) ?? [];
    await expect(as('apps').call(command, ...args)).rejects.toThrow(/NOPERM/);
  });

  it('an app with streams of its own reads those alone', async () => {
    const own = as('app-example');
    await own.xgroup('CREATE', 'payment_results:example', 'example', '0', 'MKSTREAM');
    await expect(own.xrange('payment_results', '-', '+')).rejects.toThrow(/NOPERM/);
    await expect(own.xrange('payment_results:other', '-', '+')).rejects.toThrow(/NOPERM/);
    await expect(own.xadd('payment_results:example', '*', 'a', 'b')).rejects.toThrow(/NOPERM/);
  });

  it('the service can do all that the relay and the task streams take', async () => {
    const log = new SilentLog();
    const stream = 'payment_results';
    const loomi = as('loomi');
    const script = `redis.call('XINFO', 'GROUPS', KEYS[1]) redis.call('EXISTS', KEYS[1]) return redis.call('INFO', 'server')`;
    await loomi.xgroup('CREATE', stream, 'watched', '0', 'MKSTREAM');
    expect(await loomi.eval(script, 1, stream)).toContain('run_id');
    await new TaskPublisher(loomi, log, new Metrics(false)).publish('payment_tasks', [uuidv7()]);
    const heard: string[] = [];
    const handle = async (ids: readonly string[]): Promise<void> => void heard.push(...ids);
    const consumer = new TaskConsumer({ redis: loomi, stream: 'payment_tasks', consumer: 'one', handle, log });
    while (heard.length === 0) await consumer.runOnce();
  });

  it('the service cannot look beyond its own streams', async () => {
    await expect(as('loomi').call('FLUSHALL')).rejects.toThrow(/NOPERM/);
    await expect(as('loomi').xadd('another', '*', 'a', 'b')).rejects.toThrow(/NOPERM/);
  });
});
