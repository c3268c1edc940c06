import { setTimeout as delay } from 'node:timers/promises';
import type { Blows } from './blows.ts';
import type { ChaosStack } from './chaos-stack.ts';
import type { FaultLog } from './fault-log.ts';
import type { Forger } from './forger.ts';
import type { RedisWatch } from './redis-watch.ts';
import type { Schedule } from './schedule.ts';
import { REDIS_LOSSES, type Blow, type LineStrike, type Strike, type Weather } from './strikes.ts';
import { faultsOf } from './weather.ts';

const SNAPSHOT_EVERY = 3;

/** Plays a schedule: each track in its own time, each strike when the one before it on its track is over. */
export class Conductor {
  readonly #stack: ChaosStack;
  readonly #hands: { blows: Blows; forger: Forger; redisWatch: RedisWatch };
  readonly #log: FaultLog;
  /** Held while a blow wants the lines whole: what it shows would prove nothing otherwise. */
  #quietLines: Promise<void> = Promise.resolve();
  #spoiled: Promise<void> = Promise.resolve();

  constructor(stack: ChaosStack, hands: { blows: Blows; forger: Forger; redisWatch: RedisWatch }, log: FaultLog) {
    this.#stack = stack;
    this.#hands = hands;
    this.#log = log;
  }

  /** Resolves when the time is over and everything that was struck is whole again. */
  async play(schedule: Schedule, seed: number, endMs: number): Promise<void> {
    await Promise.all([
      this.#track(schedule.blows, endMs, (strike, index) => this.#blow(strike, index)),
      this.#track(schedule.lines, endMs, (strike) => this.#spoilLine(strike)),
      this.#track(schedule.weathers, endMs, (strike, index) => this.#weather(strike, seed + index)),
      this.#track(schedule.forgeries, endMs, ({ kind }) => this.#hands.forger.strike(kind)),
    ]);
    await this.#stack.keeper.allBack();
    await this.#setFaults({});
  }

  async #track<S extends { atMs: number }>(strikes: readonly S[], endMs: number, deal: (strike: S, index: number) => Promise<void>): Promise<void> {
    for (const [index, strike] of strikes.entries()) {
      await delay(Math.max(0, strike.atMs - this.#log.now()));
      if (this.#log.now() >= endMs) return;
      await deal(strike, index);
    }
  }

  async #blow(strike: Strike<Blow>, index: number): Promise<void> {
    if (index % SNAPSHOT_EVERY === 1) await this.#hands.blows.snapshot();
    // Every other loss is measured: with all lines whole, from the moment Redis is there again.
    const measured = REDIS_LOSSES.includes(strike.kind) && index % 2 === 0;
    if (measured || strike.kind === 'rolling deploy') {
      await this.#withWholeLines(async () => {
        await this.#hands.blows.deal(strike);
        if (measured) await this.#hands.redisWatch.recovered(strike.kind);
      });
    } else {
      await this.#hands.blows.deal(strike);
    }
  }

  async #withWholeLines(work: () => Promise<void>): Promise<void> {
    const free = Promise.withResolvers<void>();
    this.#quietLines = free.promise;
    try {
      await this.#spoiled;
      await work();
    } finally {
      free.resolve();
    }
  }

  async #spoilLine({ line: name, kind, forMs }: LineStrike): Promise<void> {
    await this.#quietLines;
    const line = this.#stack.lines[name];
    this.#spoiled = this.#log.during(`line ${kind}`, [name], async () => {
      line.spoil(kind);
      await delay(forMs);
      line.mend();
    }, `for ${forMs} ms`);
    await this.#spoiled;
  }

  async #weather({ kind, forMs }: Strike<Weather>, seed: number): Promise<void> {
    await this.#log.during(`Lakala ${kind}`, ['lakala'], async () => {
      await this.#setFaults(faultsOf(kind, seed));
      await delay(forMs);
    }, `for ${forMs} ms`);
  }

  /** Until the sandbox takes them: it may be dead or paused just now. */
  async #setFaults(faults: object): Promise<void> {
    for (;;) {
      try {
        const signal = AbortSignal.timeout(5_000);
        const answer = await fetch(`${this.#stack.sandboxUrl}/control/faults`, { method: 'PUT', body: JSON.stringify(faults), signal });
        if (answer.ok) return void (await answer.body?.cancel());
        throw new Error(`the sandbox refuses the faults: ${answer.status} ${await answer.text()}`);
      } catch (error) {
        if (error instanceof Error && error.message.startsWith('the sandbox refuses')) throw error;
        await delay(200);
      }
    }
  }
}
