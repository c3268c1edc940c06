import { setTimeout as delay } from 'node:timers/promises';
import { steadily } from './steady.ts';

describe('steadily', () => {
  it('begins acts though earlier ones have not ended, and counts those after the warm-up', async () => {
    let underWay = 0;
    let most = 0;
    const measurement = await steadily({ perSecond: 100, warmSeconds: 0.2, seconds: 0.3 }, async () => {
      most = Math.max(most, (underWay += 1));
      await delay(100);
      underWay -= 1;
      return 100;
    });
    expect(measurement).toEqual({ count: 30, perSecond: 100, p50Ms: 100, p99Ms: 100 });
    expect(most).toBeGreaterThan(3);
  });

  it('tells each act when it was due, so that a pause of the generator hides nothing', async () => {
    const late: number[] = [];
    await steadily({ perSecond: 100, warmSeconds: 0, seconds: 0.3 }, async (index, dueMs) => {
      const until = performance.now() + (index === 5 ? 100 : 0);
      while (performance.now() < until);
      late[index] = performance.now() - dueMs;
      return 1;
    });
    expect(late[7]).toBeGreaterThan(50);
  });

  it('rejects with what went wrong, and begins nothing more', async () => {
    let begun = 0;
    const run = steadily({ perSecond: 100, warmSeconds: 0, seconds: 5 }, async () => {
      begun += 1;
      throw new Error('answered with 500');
    });
    await expect(run).rejects.toThrow('answered with 500');
    expect(begun).toBeLessThan(500);
  });
});
