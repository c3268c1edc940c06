import { setTimeout as delay } from 'node:timers/promises';
import { startPostgres, type PostgresServer } from '../stack/postgres.ts';
import { startSynchronousStandby, type Standby } from '../stack/postgres-standby.ts';
import { scratchFolder } from '../stack/scratch.ts';
import type { Service } from '../stack/service.ts';

/** A primary and its synchronous standby; after a failover the pair is made whole again. */
export class PostgresPair {
  #primary: PostgresServer;
  #standby: Standby;

  private constructor(primary: PostgresServer, standby: Standby) {
    this.#primary = primary;
    this.#standby = standby;
  }

  static async start(): Promise<PostgresPair> {
    const primary = await startPostgres({ dir: scratchFolder().subfolder('postgres') });
    return new PostgresPair(primary, await startSynchronousStandby(primary.url));
  }

  /** The superuser's URL of the database `postgres` on the primary of this moment. */
  get url(): string {
    return this.#primary.url;
  }

  get port(): number {
    return this.#primary.port;
  }

  get pid(): number {
    return this.#primary.pid;
  }

  get services(): Service[] {
    return [this.#primary.service, this.#standby.server.service];
  }

  kill(signal: NodeJS.Signals): Promise<void> {
    return this.#primary.kill(signal);
  }

  restart(): Promise<void> {
    return this.#primary.restart();
  }

  /** The primary dies for good; after a while its standby takes its place. */
  async failOver(awayMs: number): Promise<void> {
    await this.#primary.kill('SIGKILL');
    await delay(awayMs);
    await this.#standby.promote();
    this.#primary = this.#standby.server;
  }

  /** Gives the primary a new standby after a failover; until then its commits wait for nobody. */
  async complete(): Promise<void> {
    this.#standby = await startSynchronousStandby(this.#primary.url);
  }

  async stop(): Promise<void> {
    // First the one that waits for the other's word.
    await this.#primary.stop();
    await this.#standby.server.stop();
  }
}
