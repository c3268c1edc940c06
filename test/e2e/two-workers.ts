import { until } from '../stack/until.ts';
import { HeldWire, type HoldPoint } from './held-wire.ts';
import { World } from './world.ts';

/** What the lease, 60 s, cannot outlast; also past the half minute that a refund without an answer is left alone. */
const PAST_THE_LEASE_SECONDS = 61;
const HELD_MS = 30_000;

/**
 * Two processors, one of which falls asleep at a chosen point of its work, as a stopped machine does, while the other
 * takes over. Whoever took over is the one that falls asleep the next time.
 */
export class TwoWorkers {
  readonly world: World;
  readonly #lines: HeldWire[];
  #sleeper = 0;

  private constructor(world: World, lines: HeldWire[]) {
    this.world = world;
    this.#lines = lines;
  }

  static async start(): Promise<TwoWorkers> {
    let postgres = new URL('postgres://127.0.0.1');
    const toPostgres = new HeldWire(() => postgres);
    const toLakala: HeldWire = new HeldWire(() => new URL(world.lakala.url));
    const by = {
      postgres: async (url: string) => {
        postgres = new URL(url);
        return toPostgres.through(url);
      },
    };
    const env = {
      LAKALA_TIMEOUT_SECONDS: '20',
      LAKALA_BASE_URL: await toLakala.through('http://127.0.0.1'),
      // A prepared statement is only named, and the line knows a step by its words.
      DATABASE_PREPARED_STATEMENTS: 'false',
    };
    const world: World = await World.start({ replicas: { processor: 2 }, env, by });
    return new TwoWorkers(world, [toPostgres, toLakala]);
  }

  async stop(): Promise<void> {
    for (const line of this.#lines) line.letGo();
    await this.world.stop();
    for (const line of this.#lines) await line.close();
  }

  /**
   * Does what gives work to do, and has one processor carry it out up to the point, where it falls asleep until its lease
   * is over. `point` is asked for once the work is known.
   */
  async fallAsleep<Work>(begin: () => Promise<Work>, point: (work: Work) => HoldPoint, on: 'postgres' | 'lakala'): Promise<Work> {
    this.#other.pause();
    this.#asleep.pause();
    const work = await begin();
    let held = false;
    void this.#lines[on === 'postgres' ? 0 : 1]?.arm(point(work)).then(() => (held = true));
    this.#asleep.resume();
    await until('the worker to come to the point', HELD_MS, () => held);
    this.#asleep.pause();
    await this.world.clock.advance(PAST_THE_LEASE_SECONDS);
    this.#other.resume();
    return work;
  }

  /** The sleeper goes on as if nothing had been, finishes what it holds, and makes room for the other. */
  async wake(): Promise<void> {
    for (const line of this.#lines) line.letGo();
    this.#asleep.resume();
    await this.#asleep.stop();
  }

  /** Both are awake again, and the parts are changed. */
  async refresh(): Promise<void> {
    for (const line of this.#lines) line.letGo();
    for (const service of [this.#asleep, this.#other]) {
      if (service.isRunning) service.resume();
      else await service.start();
    }
    this.#sleeper = 1 - this.#sleeper;
  }

  get #asleep() {
    return this.#processor(this.#sleeper);
  }

  get #other() {
    return this.#processor(1 - this.#sleeper);
  }

  #processor(index: number) {
    const replica = this.world.stack.processors[index];
    if (replica === undefined) throw new Error(`there is no processor ${index}`);
    return replica.service;
  }
}
