import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { TaskStream } from '#domain/streams/stream-names.js';
import { TaskConsumer, WAKE_UP_BATCH } from '#domain/streams/task-consumer.js';
import type { Log } from '#platform/logging/log.js';
import { Loop, type LoopOptions } from '#platform/loop/loop.js';
import type { Metrics } from '#platform/metrics/metrics.js';
import { createRedis, type RedisClient } from '#platform/redis/redis.js';
import type { RelayAlarm } from './relay-alarm.js';

/** Whatever a wake-up did not bring is found at the next look: this often. */
export const LOOK_EVERY_MS = 1_000;

/** A consumer rests for so long after wake-ups, so that those that come meanwhile share its next statements. One that was idle does not. */
const WAKE_UPS_GATHER_MS = 10;

/** One thing that runs by itself. */
export interface Background extends Omit<LoopOptions, 'log' | 'metrics'> {
  /** Wake-ups that name what there is to do, where there are some. */
  wakeUps?: { stream: TaskStream; take: (ids: readonly string[]) => Promise<void> };
}

/** Its loop is woken by whoever commits an event in this process. */
export const RELAY_LOOP = 'event_relay';

/** Starts and stops everything that runs by itself. */
export class ProcessorLoops implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly loops: Loop[] = [];
  private readonly readers: RedisClient[] = [];
  private readonly consumer = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;

  constructor(
    private readonly list: readonly Background[],
    private readonly surroundings: { redisUrl: string; log: Log; metrics: Metrics },
    private readonly alarm: RelayAlarm,
    /** Ends what the loops began; called when none begins anything new. */
    private readonly finish: () => Promise<void>,
  ) {}

  onApplicationBootstrap(): void {
    for (const work of this.list) {
      this.loops.push(this.loop(work));
      if (work.wakeUps) this.loops.push(this.consumerLoop(work.wakeUps));
    }
    const relay = this.loops.find((loop) => loop.name === RELAY_LOOP);
    this.alarm.connect(() => relay?.wake());
    for (const loop of this.loops) loop.start();
  }

  /** Takes on nothing new, finishes what it holds, and leaves the rest to the others. */
  async beforeApplicationShutdown(): Promise<void> {
    const relay = this.loops.filter((loop) => loop.name === RELAY_LOOP);
    await Promise.all(this.loops.filter((loop) => !relay.includes(loop)).map((loop) => loop.stop()));
    await this.finish();
    await Promise.all(relay.map((loop) => loop.stop()));
    for (const reader of this.readers) reader.disconnect();
  }

  private consumerLoop({ stream, take }: NonNullable<Background['wakeUps']>): Loop {
    const { redisUrl, log } = this.surroundings;
    const redis = createRedis(redisUrl, { name: `processor-${stream}`, role: 'blocking', log });
    this.readers.push(redis);
    const consumer = new TaskConsumer({ redis, stream, consumer: this.consumer, handle: take, log });
    // Its own read waits for a second; an idle time beside it would only delay the next wake-up.
    const restMs = (taken: number): number => (taken > 0 && taken < WAKE_UP_BATCH ? WAKE_UPS_GATHER_MS : 0);
    return this.loop({ name: `${stream}_consumer`, idleMs: 1, restMs, runOnce: () => consumer.runOnce() });
  }

  private loop(work: Omit<LoopOptions, 'log' | 'metrics'>): Loop {
    return new Loop({ ...work, log: this.surroundings.log, metrics: this.surroundings.metrics });
  }
}
