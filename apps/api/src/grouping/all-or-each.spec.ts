import { allOrEach } from './all-or-each.js';

const outage = (): Error => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

/** Refuses a statement with a negative number in it, and remembers what was tried. */
function writer(): { tried: number[][]; write: (items: readonly number[]) => Promise<string[]> } {
  const tried: number[][] = [];
  const write = async (items: readonly number[]): Promise<string[]> => {
    tried.push([...items]);
    if (items.some((item) => item < 0)) throw new RangeError('below 0');
    return items.map((item) => `wrote ${item}`);
  };
  return { tried, write };
}

describe('all or each', () => {
  it('writes all at once where that works', async () => {
    const { tried, write } = writer();
    expect(await allOrEach([1, 2], write)).toEqual(['wrote 1', 'wrote 2']);
    expect(tried).toEqual([[1, 2]]);
  });

  it('writes each alone where one is bad, and says which', async () => {
    const { tried, write } = writer();
    expect(await allOrEach([1, -2, 3], write)).toEqual(['wrote 1', new RangeError('below 0'), 'wrote 3']);
    expect(tried).toEqual([[1, -2, 3], [1], [-2], [3]]);
  });

  it('tries a single one once', async () => {
    const { tried, write } = writer();
    await expect(allOrEach([-1], write)).rejects.toThrow('below 0');
    expect(tried).toHaveLength(1);
  });

  it('does not send each alone to a database that is away', async () => {
    let attempts = 0;
    const write = (): Promise<string[]> => {
      attempts += 1;
      return Promise.reject(outage());
    };
    await expect(allOrEach([1, 2, 3], write)).rejects.toThrow('ECONNREFUSED');
    expect(attempts).toBe(1);
  });
});
