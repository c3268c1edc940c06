import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../../../test/stack/until.ts';
import { SilentLog } from '../logging/log.js';
import { Metrics } from '../metrics/metrics.js';
import { Loop, type LoopOptions } from './loop.js';

const A_MINUTE = 60_000;

function loopOf(
  runOnce: () => Promise<number>,
  idleMs = A_MINUTE,
  metrics = new Metrics(false),
  more: Pick<LoopOptions, 'restMs' | 'gatherMs'> = {},
): Loop {
  return new Loop({ name: 'test', runOnce, idleMs, log: new SilentLog(), metrics, ...more });
}

describe('Loop', () => {
  let loop: Loop | undefined;
  afterEach(() => loop?.stop());

  test('while a pass finds work the next follows at once, letting others have their turn', async () => {
    let passes = 0;
    let othersHadTheirTurn = false;
    loop = loopOf(async () => {
      passes += 1;
      return othersHadTheirTurn || passes === 1000 ? 0 : 1;
    });
    setImmediate(() => (othersHadTheirTurn = true));
    loop.start();
    await until('the second pass', 1000, () => passes >= 2);
    expect(passes).toBeLessThan(1000);
  });

  test('a loop without work waits until it is woken', async () => {
    let passes = 0;
    loop = loopOf(async () => {
      passes += 1;
      return 0;
    });
    loop.start();
    await until('the first pass', 1000, () => passes === 1);
    await delay(20);
    expect(passes).toBe(1);
    loop.wake();
    await until('the second pass', 1000, () => passes === 2);
  });

  test('the idle time ends by itself', async () => {
    let passes = 0;
    loop = loopOf(async () => {
      passes += 1;
      return 0;
    }, 5);
    loop.start();
    await until('three passes', 1000, () => passes >= 3);
  });

  test('a wake that comes during a pass is not lost', async () => {
    let passes = 0;
    loop = loopOf(async () => {
      passes += 1;
      if (passes === 1) loop?.wake();
      return 0;
    });
    loop.start();
    await until('the second pass', 1000, () => passes === 2);
  });

  test.each([
    ['rests though a pass did something', 1, A_MINUTE, 1],
    ['goes on though a pass did nothing', 0, 0, 3],
  ])('a work that says how long nothing is left %s', async (_, done, restMs, expected) => {
    let passes = 0;
    loop = loopOf(
      async () => {
        passes += 1;
        return done;
      },
      A_MINUTE,
      undefined,
      { restMs: () => (passes < 3 ? restMs : A_MINUTE) },
    );
    loop.start();
    await until('the passes', 1000, () => passes === expected);
    await delay(20);
    expect(passes).toBe(expected);
    loop.wake();
    await until('the pass that was woken', 1000, () => passes === expected + 1);
  });

  test('wakes that come soon after a pass wait for one pass together, a late one for nothing', async () => {
    const gatherMs = 500;
    const began: number[] = [];
    loop = loopOf(
      async () => {
        began.push(performance.now());
        return 1;
      },
      A_MINUTE,
      undefined,
      { restMs: () => A_MINUTE, gatherMs },
    );
    loop.start();
    await until('the first pass', 1000, () => began.length === 1);
    for (let wakes = 0; wakes < 5; wakes += 1) {
      loop.wake();
      await delay(10);
    }
    await until('the second pass', 2000, () => began.length === 2);
    expect((began[1] ?? 0) - (began[0] ?? 0)).toBeGreaterThanOrEqual(gatherMs - 1);
    await delay(gatherMs + 50);
    expect(began).toHaveLength(2);
    const wokenAt = performance.now();
    loop.wake();
    await until('the third pass', 1000, () => began.length === 3);
    expect((began[2] ?? 0) - wokenAt).toBeLessThan(gatherMs);
  });

  test('after a failure it pauses, is not hurried by wakes, counts, and goes on', async () => {
    const metrics = new Metrics(false);
    const began: number[] = [];
    loop = loopOf(
      async () => {
        began.push(performance.now());
        if (began.length === 1) throw new Error('the database is away');
        return 0;
      },
      A_MINUTE,
      metrics,
    );
    loop.start();
    const hurry = setInterval(() => loop?.wake(), 1);
    await until('the pass after the failure', 2000, () => began.length >= 2);
    clearInterval(hurry);
    expect((began[1] ?? 0) - (began[0] ?? 0)).toBeGreaterThan(200);
    expect((await metrics.exposition()).text).toContain('loomi_loop_passes_total{loop="test",outcome="failed"} 1');
  });

  test('a good pass ends the care that a failure began', async () => {
    let passes = 0;
    loop = loopOf(async () => {
      passes += 1;
      if (passes === 1) throw new Error('the database is away');
      return 0;
    });
    loop.start();
    await until('the pass after the failure', 2000, () => passes === 2);
    await delay(20);
    loop.wake();
    await until('the pass that was woken', 1000, () => passes === 3);
  });

  test('stop waits for the pass under way and starts none after it', async () => {
    let passes = 0;
    let ended = false;
    loop = loopOf(async () => {
      passes += 1;
      await delay(50);
      ended = true;
      return 1;
    });
    loop.start();
    await until('a pass to begin', 1000, () => passes === 1);
    await loop.stop();
    expect(ended).toBe(true);
    const passesThen = passes;
    await delay(20);
    expect(passes).toBe(passesThen);
  });

  test('stop does not wait for a pass beyond its limit', async () => {
    let release = (): void => undefined;
    loop = loopOf(() => new Promise((resolve) => (release = () => resolve(0))));
    loop.start();
    await loop.stop(10);
    release();
  });

  test('a loop that never started stops at once, and one that started starts no second time', async () => {
    await loopOf(async () => 0).stop();
    loop = loopOf(async () => 0);
    loop.start();
    expect(() => loop?.start()).toThrow('started twice');
  });

  test('the time since the last turn grows while a pass hangs and falls when one ends', async () => {
    let release = (): void => undefined;
    const hanging = loopOf(() => new Promise((resolve) => (release = () => resolve(0))));
    loop = hanging;
    hanging.start();
    await until('the pass to hang', 1000, () => hanging.sinceLastTurnMs > 60);
    release();
    await until('the turn to end', 1000, () => hanging.sinceLastTurnMs < 50);
  });
});
