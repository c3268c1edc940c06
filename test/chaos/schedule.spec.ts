import { scheduleOf } from './schedule.ts';
import { BLOWS, FIRST_BLOWS, FORGERIES, LINES, WEATHERS } from './strikes.ts';

describe('the schedule of a chaos run', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(scheduleOf(7, 5)).toEqual(scheduleOf(7, 5));
    expect(scheduleOf(8, 5)).not.toEqual(scheduleOf(7, 5));
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('challenges in two minutes whatever a short run must challenge (seed %d)', (seed) => {
    const { blows, lines, weathers, forgeries } = scheduleOf(seed, 2);
    const early = blows.slice(0, FIRST_BLOWS.length).map(({ kind }) => kind);
    expect(early.toSorted()).toEqual(FIRST_BLOWS.toSorted());
    expect(new Set(weathers.map(({ kind }) => kind))).toEqual(new Set(WEATHERS));
    expect(new Set(forgeries.map(({ kind }) => kind))).toEqual(new Set(FORGERIES));
    expect(new Set(lines.map(({ line }) => line))).toEqual(new Set(LINES));
  });

  test('leaves nothing out in a longer run, and goes past no end', () => {
    const { blows, lines, weathers, forgeries } = scheduleOf(3, 5);
    expect(new Set(blows.map(({ kind }) => kind))).toEqual(new Set(BLOWS));
    expect([...blows, ...lines, ...weathers, ...forgeries].every(({ atMs }) => atMs < 300_000)).toBe(true);
  });
});
