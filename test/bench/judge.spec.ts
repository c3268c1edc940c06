import { judge, reached, type Goal, type Line } from './judge.ts';
import { median, percentile } from './median.ts';

const line = (goal: Goal, product: number[], control: number[]): Line => ({ name: 'row', unit: '/s', goal, product, control });

describe('median and percentile', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[10, 9], 9.5],
    [[7], 7],
  ])('the median of %j is %d', (values, middle) => {
    expect(median(values)).toBe(middle);
  });

  it.each([
    [0.5, 50],
    [0.99, 99],
    [1, 100],
    [0, 1],
  ])('of 1 to 100 the share %d does not exceed %d', (share, value) => {
    expect(percentile(Array.from({ length: 100 }, (_, index) => 100 - index), share)).toBe(value);
  });

  it('nothing has neither', () => {
    expect(() => median([])).toThrow();
    expect(() => percentile([], 0.5)).toThrow();
  });
});

describe('judge', () => {
  it.each<[Goal, number, number, boolean]>([
    [{ rule: 'at least', ratio: 1.5 }, 150, 100, true],
    [{ rule: 'at least', ratio: 1.5 }, 149, 100, false],
    [{ rule: 'at most', ratio: 1 }, 100, 100, true],
    [{ rule: 'at most', ratio: 1 }, 101, 100, false],
    [{ rule: 'at most', ratio: 1.1, most: 200 }, 110, 100, true],
    [{ rule: 'at most', ratio: 1.1, most: 200 }, 111, 100, false],
    [{ rule: 'at most', ratio: 1.1, most: 200 }, 200, 195, true],
    [{ rule: 'at most', ratio: 1.1, most: 200 }, 201, 195, false],
    [{ rule: 'at most', ratio: 1.1, most: 200 }, 201, 210, false],
    [{ rule: 'within', ms: 10 }, 14, 4, true],
    [{ rule: 'within', ms: 10 }, 14.5, 4, false],
  ])('%j: %d against %d is met: %s', (goal, product, control, met) => {
    const verdict = judge(line(goal, [product], [control]));
    expect(verdict.met).toBe(met);
    expect(reached(verdict) >= 1).toBe(met);
  });

  it('compares the medians and tells how far apart the pairs were', () => {
    const verdict = judge(line({ rule: 'at least', ratio: 1 }, [100, 300, 200], [100, 100, 400]));
    expect(verdict).toMatchObject({ product: 200, control: 100, ratio: 2, between: [0.5, 3], goal: 1, words: 'at least 1.00x', met: true });
  });

  it.each([
    ['no turns', [], []],
    ['a turn of one side only', [1, 2], [1]],
    ['a control that did nothing', [1], [0]],
    ['a product that did nothing', [0], [1]],
    ['what is no number', [NaN], [1]],
  ])('does not judge %s', (_, product, control) => {
    expect(() => judge(line({ rule: 'at most', ratio: 1 }, product, control))).toThrow('row');
  });
});
