import { v7 as uuidv7 } from 'uuid';
import { createRedis, type RedisClient } from '#platform/redis/redis.js';
import { openStreamWorld, type StreamWorld } from '../../../../test/fixtures/relay-world.ts';
import { TaskConsumer, TASK_GROUP, type TaskConsumerOptions } from './task-consumer.js';
import { TaskPublisher } from './task-publisher.js';

const STREAM = 'payment_tasks';
let world: StreamWorld;
let blocking: RedisClient;

beforeAll(async () => {
  world = await openStreamWorld();
  blocking = createRedis(world.redisServer.url, { name: 'blocking', role: 'blocking', log: world.log });
});
afterAll(async () => {
  blocking.disconnect();
  await world.close();
});
beforeEach(async () => {
  await world.app.flushall();
  world.log.events.length = 0;
});

async function pending(): Promise<unknown> {
  return (await world.app.xpending(STREAM, TASK_GROUP))[0];
}

function publisher(): TaskPublisher {
  return new TaskPublisher(world.redis, world.log, world.metrics);
}

function consumer(handle: TaskConsumerOptions['handle'], name = 'processor-1'): TaskConsumer {
  return new TaskConsumer({ redis: blocking, stream: STREAM, consumer: name, handle, log: world.log });
}

describe('task streams', () => {
  it('a wake-up sent before any consumer was there is handed on, then gone', async () => {
    const ids = [uuidv7(), uuidv7()];
    await publisher().publish(STREAM, ids);
    const heard: string[] = [];
    const one = consumer(async (some) => void heard.push(...some));
    while (heard.length === 0) await one.runOnce();
    expect(heard).toEqual(ids);
    expect(await world.app.xlen(STREAM)).toBe(0);
    expect(await pending()).toBe(0);
  });

  it('what could not be leased stays unacknowledged', async () => {
    await publisher().publish(STREAM, [uuidv7()]);
    const failing = consumer(() => Promise.reject(new Error('no lease')));
    await failing.runOnce();
    await expect(failing.runOnce()).rejects.toThrow('no lease');
    expect(await pending()).toBe(1);
  });

  it('goes on after Redis was wiped', async () => {
    const heard: string[] = [];
    const one = consumer(async (some) => void heard.push(...some));
    await one.runOnce();
    await world.app.flushall();
    const id = uuidv7();
    await publisher().publish(STREAM, [id]);
    while (heard.length === 0) await one.runOnce();
    expect(heard).toEqual([id]);
  });

  it('takes over from a consumer that died, and forgets consumers that are long gone', async () => {
    const id = uuidv7();
    await world.app.xgroup('CREATE', STREAM, TASK_GROUP, '0', 'MKSTREAM');
    const entryId = (await world.app.xadd(STREAM, '*', 'id', id)) ?? '';
    await world.app.xreadgroup('GROUP', TASK_GROUP, 'dead', 'STREAMS', STREAM, '>');
    await world.app.xclaim(STREAM, TASK_GROUP, 'dead', 0, entryId, 'IDLE', 61_000, 'JUSTID');
    const heard: string[] = [];
    const handle = async (some: readonly string[]): Promise<void> => void heard.push(...some);
    const heir = { redis: blocking, stream: STREAM, consumer: 'heir', handle, log: world.log, forgetAfterMs: -1 } as const;
    await new TaskConsumer(heir).runOnce();
    expect(heard).toEqual([id]);
    expect(await pending()).toBe(0);
    expect(await world.app.xinfo('CONSUMERS', STREAM, TASK_GROUP)).toHaveLength(1);
  });

  it('an entry that names no row is acknowledged and handed to nobody', async () => {
    await world.app.xadd(STREAM, '*', 'id', `'; DROP TABLE payment_orders`);
    const heard: string[] = [];
    const one = consumer(async (some) => void heard.push(...some));
    await one.runOnce();
    expect(await one.runOnce()).toBe(1);
    expect(heard).toEqual([]);
    expect(world.log.of('task_wakeups_unreadable')).toMatchObject([{ count: 1 }]);
  });

  it('with Redis stopped or silent a wake-up costs the caller a moment, and no error', async () => {
    const silent = publisher();
    world.redisServer.service.pause();
    const began = performance.now();
    await silent.publish(STREAM, [uuidv7()]);
    expect(performance.now() - began).toBeLessThan(1000);
    world.redisServer.service.resume();
    await world.redisServer.kill();
    await silent.publish(STREAM, [uuidv7()]);
    await silent.publish(STREAM, [uuidv7()]);
    await world.redisServer.restart();
    expect(world.log.of('task_wakeups_failing').length).toBe(1);
  });
});
