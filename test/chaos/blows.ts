import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../stack/until.ts';
import type { ChaosClock } from './chaos-clock.ts';
import { snapshotFile, type ChaosStack } from './chaos-stack.ts';
import type { FaultLog } from './fault-log.ts';
import type { Blow, Strike } from './strikes.ts';

const JUMP_SECONDS = 61;
const BOTH = ['1', '2'] as const;

/** What a rolling deploy found. */
export interface Deploys {
  /** How each process ended that was asked to. */
  ends: string[];
}

/** Deals the blows to processes and servers; each resolves when what it struck is back. */
export class Blows {
  readonly deploys: Deploys = { ends: [] };
  readonly #stack: ChaosStack;
  readonly #clock: ChaosClock;
  readonly #log: FaultLog;
  readonly #admin: Redis;

  constructor(stack: ChaosStack, clock: ChaosClock, log: FaultLog) {
    this.#stack = stack;
    this.#clock = clock;
    this.#log = log;
    this.#admin = new Redis(stack.redis.url, { maxRetriesPerRequest: 1, retryStrategy: () => 100 });
    // The command that fails says it.
    this.#admin.on('error', () => undefined);
  }

  close(): void {
    this.#admin.disconnect();
  }

  /** Takes a snapshot that Redis may be put back to later. */
  async snapshot(): Promise<void> {
    await this.#admin.save();
    copyFileSync(snapshotFile(this.#stack), `${snapshotFile(this.#stack)}.old`);
  }

  async deal({ kind, which, forMs }: Strike<Blow>): Promise<void> {
    switch (kind) {
      case 'kill api':
        return this.#kill(kind, [`api-${which}`], forMs);
      case 'kill processor':
        return this.#kill(kind, [`processor-${which}`], forMs);
      case 'kill sandbox':
        return this.#kill(kind, ['sandbox'], forMs);
      case 'kill both processors':
        return this.#kill(kind, BOTH.map((number) => `processor-${number}`), forMs);
      case 'kill both apis':
        return this.#kill(kind, BOTH.map((number) => `api-${number}`), forMs);
      case 'pause api':
        return this.#pause(kind, `api-${which}`, forMs);
      case 'pause processor':
      case 'pause past the lease':
        return this.#pause(kind, `processor-${which}`, forMs);
      case 'pause sandbox':
        return this.#pause(kind, 'sandbox', forMs);
      case 'pause redis':
        return this.#pauseServer(kind, 'redis', this.#stack.redis.pid, forMs);
      case 'pause postgres':
        return this.#pauseServer(kind, 'postgres', this.#stack.postgres.pid, forMs);
      case 'pause while the clock jumps':
        return this.#pause(kind, `processor-${which}`, forMs, () => this.#clock.jump(JUMP_SECONDS));
      case 'postgres restart':
        return this.#log.during(kind, ['postgres'], () => this.#stack.postgres.restart());
      case 'postgres killed':
        return this.#log.during(kind, ['postgres'], () => this.#killPostgres(forMs));
      case 'postgres fails over':
        return this.#failOver(kind, forMs);
      case 'rolling deploy':
        return this.#deploy();
      case 'redis wiped':
      case 'redis restart':
      case 'redis emptied':
      case 'redis killed':
      case 'redis old snapshot':
      case 'stream deleted':
        return this.#log.during(kind, ['redis'], () => this.#strikeRedis(kind, forMs));
      default:
        return kind satisfies never;
    }
  }

  async #kill(kind: Blow, names: readonly string[], awayMs: number): Promise<void> {
    const { keeper } = this.#stack;
    await this.#log.during(kind, names, async () => {
      await Promise.all(names.map((name) => keeper.kill(name, awayMs)));
      await Promise.all(names.map((name) => keeper.back(name)));
    }, `away for ${awayMs} ms`);
  }

  async #pause(kind: Blow, name: string, forMs: number, meanwhile: () => Promise<void> = async () => undefined): Promise<void> {
    const { keeper } = this.#stack;
    await keeper.back(name);
    await this.#pauseServer(kind, name, keeper.service(name).pid, forMs, meanwhile);
  }

  async #pauseServer(kind: Blow, name: string, pid: number, forMs: number, meanwhile?: () => Promise<void>): Promise<void> {
    await this.#log.during(kind, [name], async () => {
      process.kill(pid, 'SIGSTOP');
      try {
        await meanwhile?.();
        await delay(forMs);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
    }, `for ${forMs} ms`);
  }

  async #killPostgres(awayMs: number): Promise<void> {
    const { postgres } = this.#stack;
    await postgres.kill('SIGKILL');
    await delay(awayMs);
    // Until the last process of the old server has noticed, the new one refuses to start.
    await until('PostgreSQL to start again', 60_000, () => postgres.restart().then(() => true, () => false));
  }

  async #failOver(kind: Blow, awayMs: number): Promise<void> {
    const { postgres } = this.#stack;
    await this.#log.during(kind, ['postgres'], () => postgres.failOver(awayMs), `away for ${awayMs} ms`);
    await postgres.complete();
  }

  async #strikeRedis(kind: Blow, awayMs: number): Promise<void> {
    const { redis } = this.#stack;
    const file = snapshotFile(this.#stack);
    if (kind === 'redis wiped') return void (await this.#admin.flushall());
    if (kind === 'stream deleted') return void (await this.#admin.del('payment_results', 'payment_results:stall'));
    if (kind === 'redis restart') await this.#admin.save();
    await redis.kill('SIGKILL');
    if (kind === 'redis emptied') rmSync(file, { force: true });
    if (kind === 'redis old snapshot' && existsSync(`${file}.old`)) copyFileSync(`${file}.old`, file);
    await delay(awayMs);
    await redis.restart();
  }

  /** Every replica in turn is asked to stop and started again, as a new version would be rolled out. */
  async #deploy(): Promise<void> {
    const names = BOTH.flatMap((number) => [`api-${number}`, `processor-${number}`]);
    for (const name of names) {
      await this.#log.during('rolling deploy', [name], async () => {
        this.deploys.ends.push(`${name}: ${await this.#stack.keeper.terminate(name)}`);
        await this.#stack.keeper.back(name);
      });
    }
  }
}
