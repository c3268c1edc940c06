import DataLoader from 'dataloader';
import { withinLimit } from '../clock/within-limit.js';

export interface GroupLimits {
  /** The most items of one group: a statement that is too long holds everyone up. */
  readonly largest: number;
  /** The most items that wait or are under way: more would only wait for longer than their callers do. */
  readonly most: number;
  /** How long a group may hold up the next one: one that is stuck on a dead connection must not stop the others. */
  readonly patienceMs: number;
}

/** As many wait as may: the next one is better told at once. */
export class TooManyWaiting extends Error {
  override readonly name = 'TooManyWaiting';
}

/**
 * Lets items that come while a group is on its way go together in the next one: an idle service sends each item at once, a
 * busy one hundreds together.
 */
export class Grouped<Item, Result> {
  private readonly loader: DataLoader<Item, Result>;
  private underWay: Promise<unknown> = Promise.resolve();
  private count = 0;

  /** @param send one result, or what went wrong with it, for each item, in their order; where it rejects, all items failed. */
  constructor(
    send: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>,
    private readonly limits: GroupLimits,
  ) {
    this.loader = new DataLoader<Item, Result>(
      (items) => {
        const sending = send(items);
        const ended = sending.then(() => undefined, () => undefined);
        this.underWay = withinLimit(ended, limits.patienceMs, undefined);
        return sending;
      },
      {
        cache: false,
        maxBatchSize: limits.largest,
        batchScheduleFn: (next) => void this.underWay.then(() => setImmediate(next)),
      },
    );
  }

  /** The item's own result; rejects with what went wrong, or at once with {@link TooManyWaiting}. */
  async add(item: Item): Promise<Result> {
    if (this.count >= this.limits.most) throw new TooManyWaiting(`${this.count} wait already`);
    this.count += 1;
    try {
      return await this.loader.load(item);
    } finally {
      this.count -= 1;
    }
  }
}
