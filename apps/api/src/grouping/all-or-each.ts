import { isDatabaseOutage } from '#platform/postgres/database-outage.js';

/**
 * The results of all items written by one statement. Where that is refused, each item goes alone, so that a bad one harms
 * nobody; rejects where the database is away, since then none would fare better. What a lost answer had written already
 * must be found, not written twice, by who asks again.
 */
export async function allOrEach<Item, Result>(
  items: readonly Item[],
  write: (items: readonly Item[]) => Promise<readonly Result[]>,
): Promise<readonly (Result | Error)[]> {
  try {
    return await write(items);
  } catch (error) {
    if (items.length === 1 || isDatabaseOutage(error)) throw error;
  }
  return (await Promise.all(items.map((item) => alone(item, write)))).flat();
}

async function alone<Item, Result>(item: Item, write: (items: readonly Item[]) => Promise<readonly Result[]>): Promise<readonly (Result | Error)[]> {
  try {
    return await write([item]);
  } catch (error) {
    return [error instanceof Error ? error : new Error(String(error))];
  }
}
