import { Grouped, TooManyWaiting } from './grouped.js';

const LIMITS = { largest: 4, most: 10, patienceMs: 60_000 };

/** Sends nothing by itself: a test says when a group is done. */
class Sender {
  readonly groups: number[][] = [];
  private readonly ends: (() => void)[] = [];

  readonly send = async (items: readonly number[]): Promise<readonly (string | Error)[]> => {
    this.groups.push([...items]);
    await new Promise<void>((resolve) => this.ends.push(resolve));
    return items.map((item) => (item < 0 ? new RangeError(`${item} is below 0`) : `sent ${item}`));
  };

  endNext(): void {
    this.ends.shift()?.();
  }
}

const aMoment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('grouped', () => {
  it('sends an item at once when none is under way', async () => {
    const sender = new Sender();
    const grouped = new Grouped(sender.send, LIMITS);
    const result = grouped.add(1);
    await aMoment();
    expect(sender.groups).toEqual([[1]]);
    sender.endNext();
    expect(await result).toBe('sent 1');
  });

  it('sends together what came while a group was under way, each with its own result', async () => {
    const sender = new Sender();
    const grouped = new Grouped(sender.send, LIMITS);
    const first = grouped.add(1);
    await aMoment();
    const others = [grouped.add(2), grouped.add(-3), grouped.add(4)];
    await aMoment();
    expect(sender.groups).toEqual([[1]]);
    sender.endNext();
    await first;
    await aMoment();
    expect(sender.groups).toEqual([[1], [2, -3, 4]]);
    sender.endNext();
    expect(await Promise.allSettled(others)).toMatchObject([{ value: 'sent 2' }, { reason: { message: '-3 is below 0' } }, { value: 'sent 4' }]);
  });

  it('never sends more together than it may', async () => {
    const sender = new Sender();
    const grouped = new Grouped(sender.send, LIMITS);
    const all = Array.from({ length: 9 }, (_, item) => grouped.add(item));
    await aMoment();
    for (let group = 0; group < 3; group += 1) sender.endNext();
    await Promise.all(all);
    expect(sender.groups.map(({ length }) => length)).toEqual([4, 4, 1]);
  });

  it('turns away what comes when as many wait as may, and takes items again afterwards', async () => {
    const sender = new Sender();
    const grouped = new Grouped(sender.send, LIMITS);
    const all = Array.from({ length: 10 }, (_, item) => grouped.add(item));
    await expect(grouped.add(11)).rejects.toThrow(TooManyWaiting);
    await aMoment();
    for (let group = 0; group < 3; group += 1) sender.endNext();
    await Promise.all(all);
    const late = grouped.add(12);
    await aMoment();
    sender.endNext();
    expect(await late).toBe('sent 12');
  });

  it('does not let a group that is stuck hold up the others', async () => {
    const send = (items: readonly string[]): Promise<readonly string[]> => (items.includes('stuck') ? new Promise(() => undefined) : Promise.resolve(items));
    const grouped = new Grouped(send, { ...LIMITS, patienceMs: 20 });
    void grouped.add('stuck');
    await aMoment();
    expect(await grouped.add('well')).toBe('well');
  });

  it('goes on after a group that failed as a whole', async () => {
    let isBroken = true;
    const grouped = new Grouped((items: readonly number[]) => (isBroken ? Promise.reject(new Error('no connection')) : Promise.resolve(items)), LIMITS);
    await expect(Promise.all([grouped.add(1), grouped.add(2)])).rejects.toThrow('no connection');
    isBroken = false;
    expect(await grouped.add(3)).toBe(3);
  });
});
