import type { Redis } from 'ioredis';
import {
  entriesOf,
  groupOf,
  halfRead,
  moveClock,
  openStreamWorld,
  pendingAfter,
  pendingOf,
  type StreamWorld,
} from '../../../../test/fixtures/relay-world.ts';
import type { RedisClient } from '#platform/redis/redis.js';
import { EventRelay, type EventRelayOptions } from './event-relay.js';

const STREAM = 'payment_results';
let world: StreamWorld;

beforeAll(async () => {
  world = await openStreamWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.app.flushall();
  await world.owner.query('TRUNCATE events, stream_tops, stream_groups, apps CASCADE');
  await world.owner.query('UPDATE event_log_head SET entry_ms = 0, entry_seq = 0');
  await moveClock(world, '0');
  world.log.events.length = 0;
});

function relay(options: Partial<EventRelayOptions> = {}): EventRelay {
  const { dataSource, redis, log, metrics } = world;
  return new EventRelay({ dataSource, redis, log, metrics, lookEveryMs: 0, ...options });
}

describe('in the middle of a heal', () => {
  it('a relay that dies in the middle of a heal leaves the snapshot whole for the next one', async () => {
    const read = await halfRead(world, () => relay().runOnce());
    for (const failing of ['eval', 'xclaim'] as const) {
      for (const calls of [1, 2, 3, 4, 5, 6]) {
        await world.app.flushall();
        // Where it needs fewer calls than that, it lives.
        await relay({ redis: dyingAt(failing, calls) }).runOnce().catch((error: unknown) => error);
        await relay().runOnce();
        expect(await groupOf(world, STREAM, 'shop')).toMatchObject({ 'last-delivered-id': read[5] });
        expect(await pendingOf(world, STREAM, 'shop')).toEqual(pendingAfter(read));
        expect(await entriesOf(world, STREAM)).toHaveLength(8);
      }
    }
  });

  it('a wipe in the middle of a heal begins it again', async () => {
    const read = await halfRead(world, () => relay().runOnce());
    for (const calls of [1, 2, 3, 4, 5, 6, 7, 8]) {
      await world.app.flushall();
      await relay({ redis: wipingAt(calls) }).runOnce();
      await relay().runOnce();
      expect(await groupOf(world, STREAM, 'shop')).toMatchObject({ 'last-delivered-id': read[5] });
      expect(await pendingOf(world, STREAM, 'shop')).toEqual(pendingAfter(read));
      expect(await entriesOf(world, STREAM)).toHaveLength(8);
    }
  });

  it('a failover in the middle of a heal, to a server without what was just put back, is healed too', async () => {
    const read = await halfRead(world, () => relay().runOnce());
    await world.app.flushall();
    await relay({ redis: failingOverAfterClaims(read) }).runOnce();
    expect(await pendingOf(world, STREAM, 'shop')).toEqual(pendingAfter(read));
  });
});

/** The connection of a relay that dies before the nth call of a command: what it had not committed is undone. */
function dyingAt(command: 'eval' | 'xclaim', calls: number): RedisClient {
  let made = 0;
  let dead = false;
  return onCall(async (name) => {
    if (name === command) made += 1;
    if (!dead && made >= calls) {
      dead = true;
      await world.owner.query(
        `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
    }
    if (dead) throw new Error('the relay died');
  });
}

/** The relay's connection, to a server that is wiped just before the nth call. */
function wipingAt(calls: number): RedisClient {
  let made = 0;
  return onCall(async () => {
    made += 1;
    if (made === calls) await world.app.flushall();
  });
}

function onCall(before: (name: string) => Promise<void>): RedisClient {
  return new Proxy(world.redis, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function' || typeof name !== 'string' || !['eval', 'xclaim'].includes(name)) return member;
      return async (...args: unknown[]) => {
        await before(name);
        return (member as (...given: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}

/** The relay's connection, to a server whose successor, under another run id, never heard of the claims. */
function failingOverAfterClaims(claimed: readonly string[]): RedisClient {
  let claims = 0;
  let over = false;
  return new Proxy(world.redis, {
    get(target, name) {
      if (name === 'xclaim') {
        return async (...args: Parameters<Redis['xclaim']>) => {
          claims += 1;
          return (target as Pick<Redis, 'xclaim'>).xclaim(...args);
        };
      }
      if (name !== 'eval') return Reflect.get(target, name) as unknown;
      return async (...args: Parameters<Redis['eval']>) => {
        const consumers = 2;
        if (claims === consumers && !over) await world.app.xack(STREAM, 'shop', ...claimed);
        over ||= claims === consumers;
        const reply: unknown = await target.eval(...args);
        if (Array.isArray(reply) && typeof reply[2] === 'string' && over) reply[2] = 'f'.repeat(40);
        return reply;
      };
    },
  });
}
