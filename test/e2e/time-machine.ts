import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../stack/project.ts';
import { scratchFolder } from '../stack/scratch.ts';
import { until } from '../stack/until.ts';
import { World } from './world.ts';

/** Longer than the programs keep what they read. */
const READ_MS = 50;

/**
 * Moves every clock there is together: the service's in PostgreSQL, Lakala's, and that of the programs' own machines,
 * which dates signatures and ids. So days pass for all of them as they would, in a moment.
 */
export class TimeMachine {
  readonly world: World;
  readonly #file: string;
  #aheadSeconds = 0;

  private constructor(world: World, file: string) {
    this.world = world;
    this.#file = file;
  }

  static async start(env: NodeJS.ProcessEnv = {}): Promise<TimeMachine> {
    const file = join(scratchFolder().subfolder('clock'), 'ahead-ms');
    writeFileSync(file, '0');
    const preload = `--import=${pathToFileURL(join(ROOT, 'test', 'e2e', 'moved-date.mjs')).href}`;
    const world = await World.start({ env: { ...env, NODE_OPTIONS: preload, MOVED_DATE_FILE: file } });
    return new TimeMachine(world, file);
  }

  /** What the programs take for the present, in seconds since 1970. */
  get nowSeconds(): number {
    return Math.floor(Date.now() / 1_000) + this.#aheadSeconds;
  }

  async pass(seconds: number): Promise<void> {
    this.#aheadSeconds += seconds;
    writeFileSync(`${this.#file}.new`, String(this.#aheadSeconds * 1_000));
    renameSync(`${this.#file}.new`, this.#file);
    // Lakala last: what it signs by its new time would be refused by a program that still has the old one.
    await delay(READ_MS);
    await this.world.lakala.moveClock(this.#aheadSeconds);
    await this.world.clock.advance(seconds);
  }

  /** Lets time pass, so much at each look, until the check gives true: what is looked at once a second comes to it. */
  async passUntil(what: string, seconds: number, check: () => Promise<boolean>): Promise<void> {
    let looks = 0;
    await until(what, 60_000, async () => {
      if (await check()) return true;
      // Half a second of looks, so that loops have their turn at each time.
      looks += 1;
      if (looks % 20 === 0) await this.pass(seconds);
      return false;
    });
  }
}
