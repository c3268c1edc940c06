import type { RedisClient } from '#platform/redis/redis.js';
import { GuideConsumer, type RedisAddress } from '../e2e/guide-consumer.ts';
import { SteadyShop } from '../e2e/steady-shop.ts';
import type { World } from '../e2e/world.ts';
import { until } from '../stack/until.ts';
import { complaints, everythingHeard } from './heard.ts';
import { Hoarder } from './hoarder.ts';
import { StreamBooks } from './stream-books.ts';

const CUSTOMER_EVERY_MS = 1_000;
const KNOWN_MS = 60_000;
const HOARD_STREAM = 'payment_results';
const HOARD_CONSUMERS = ['hoard_consumer', 'hoard_consumer_2'];

/**
 * A shop that sells all the while, four consumers of its results written from the guide alone (on the shared streams and on its
 * own), and a group that takes entries and acknowledges none.
 */
export class Street {
  readonly shop: SteadyShop;
  readonly #world: World;
  readonly #consumers: ReadonlyMap<string, GuideConsumer>;

  private constructor(world: World, consumers: ReadonlyMap<string, GuideConsumer>) {
    this.#world = world;
    this.#consumers = consumers;
    this.shop = new SteadyShop(() => world.app, 'SALE');
    this.shop.start(CUSTOMER_EVERY_MS);
  }

  /** Resolves once every group is there and the service has seen it. */
  static async open(world: World, redis: RedisAddress): Promise<Street> {
    const { appId } = world.stack;
    await world.books.query('UPDATE apps SET own_streams = true WHERE app_id = $1', [appId]);
    const streams = ['payment_results', 'refund_results'].flatMap((stream) => [stream, `${stream}:${appId}`]);
    const consumers = new Map(streams.map((stream) => [stream, new GuideConsumer(redis, stream, appId)]));
    await Promise.all([...consumers.values()].map((consumer) => consumer.start()));
    await until('the service to know every group', KNOWN_MS, async () => (await world.count('stream_groups')) === streams.length);
    return new Street(world, consumers);
  }

  /** Resolves after so many more sales. */
  async sells(count: number): Promise<void> {
    const enough = this.shop.sales.length + count;
    await until(`${count} more sales`, KNOWN_MS, () => this.shop.sales.length >= enough);
  }

  /** A new group that holds what is on the stream, by two consumers, and the service knows it. */
  async hoard(redis: RedisClient, group: string): Promise<void> {
    const hoarder = new Hoarder(redis, HOARD_STREAM, group);
    await hoarder.join();
    const taken = await hoarder.take(1_000, HOARD_CONSUMERS);
    if (taken < 2) throw new Error(`there were only ${taken} entries to take`);
    const known = 'stream_groups WHERE group_name = $1 AND pending_count = $2';
    await until(`the service to know what ${group} holds`, KNOWN_MS, async () => (await this.#world.count(known, [group, taken])) === 1);
  }

  /** How often the consumers met an error, and how often an entry came to them again. */
  get troubles(): { failures: number; repeats: number } {
    const all = [...this.#consumers.values()];
    const repeats = all.map(({ entries }) => entries.length - new Set(entries.map((entry) => entry.event_id)).size);
    return { failures: sum(all.map(({ failures }) => failures)), repeats: sum(repeats) };
  }

  /** The shop closes; gives what is wrong with what came of it: nothing, when all was heard, and stands on the streams. */
  async reckon(books: StreamBooks): Promise<string[]> {
    await this.shop.close();
    const found = [...this.shop.broken, ...this.shop.misses.map(({ what, status }) => `${what} was answered with ${status}`)];
    for (const [stream, consumer] of this.#consumers) {
      await everythingHeard(this.#world, consumer, stream);
      found.push(...(await complaints(this.#world, consumer, stream)));
      const [told, happened] = await Promise.all([books.onStream(stream), books.numbered(stream)]);
      if (told.join() !== happened.join()) found.push(`${stream} has ${told.length} entries, of ${happened.length} events`);
    }
    return found;
  }

  /** One line about the shop and its consumers. */
  get told(): string {
    const { failures, repeats } = this.troubles;
    const { sales, slowestMs } = this.shop;
    return `${sales.length} sales, the slowest request answered after ${slowestMs} ms; the consumers met ${failures} errors, ${repeats} entries came again`;
  }

  /** Everybody goes, whatever became of them. */
  async leave(): Promise<void> {
    await this.shop.close();
    await Promise.all([...this.#consumers.values()].map((consumer) => consumer.stop()));
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
