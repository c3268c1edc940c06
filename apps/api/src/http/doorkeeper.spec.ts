import { Doorkeeper } from './doorkeeper.js';

const ROOM = { least: 20, greatest: 400, aimMs: 50 };

let nowMs: number;
let doorkeeper: Doorkeeper;

beforeEach(() => {
  nowMs = 5_000_000;
  doorkeeper = new Doorkeeper(ROOM, () => nowMs);
});

/** Those who are let in now. */
function letIn(most: number): (() => void)[] {
  return Array.from({ length: most }, () => doorkeeper.enter()).filter((leave) => leave !== null);
}

/** For so long, at every 10 ms, so many come, and a service that ends this many a second ends the oldest. */
function serve(came: number, perSecond: number, ms: number): { most: number; refused: number } {
  const inside: (() => void)[] = [];
  const seen = { most: 0, refused: 0 };
  let ended = 0;
  for (let tick = 1; tick <= ms / 10; tick += 1) {
    nowMs += 10;
    for (; inside.length > 0 && ended < (tick * perSecond) / 100; ended += 1) inside.shift()?.();
    ended = Math.floor((tick * perSecond) / 100);
    const fresh = letIn(came);
    inside.push(...fresh);
    // What it settles on, not how it gets there.
    if (tick > ms / 20) {
      seen.most = Math.max(seen.most, inside.length);
      seen.refused += came - fresh.length;
    }
  }
  for (const leave of inside) leave();
  return seen;
}

describe('doorkeeper', () => {
  it('welcomes a burst where nobody had to wait, and turns the rest of it away', () => {
    expect(letIn(1_000)).toHaveLength(400);
  });

  it('lets one in for each that leaves', () => {
    const inside = letIn(1_000);
    inside.slice(0, 3).forEach((leave) => leave());
    expect(letIn(10)).toHaveLength(3);
  });

  it('turns nobody away from a service that keeps up', () => {
    expect(serve(20, 2_000, 5_000).refused).toBe(0);
  });

  it.each([
    [40, 2_000, 100],
    [200, 2_000, 100],
    [20, 1_000, 50],
    [100, 5_000, 250],
  ])('of %d that come every 10 ms to a service of %d a second about %d are inside', (came, perSecond, aimed) => {
    const { most, refused } = serve(came, perSecond, 10_000);
    expect(refused).toBeGreaterThan(0);
    expect(most).toBeGreaterThan(aimed * 0.7);
    expect(most).toBeLessThan(aimed * 1.5);
  });

  it('always leaves some room, however slow the service is', () => {
    expect(serve(40, 50, 10_000).most).toBe(20);
  });

  it('takes room away while nobody leaves at all', () => {
    letIn(100);
    for (let look = 0; look < 10; look += 1) {
      nowMs += 100;
      letIn(1);
    }
    expect(letIn(1_000)).toHaveLength(0);
  });

  it('makes room again once it is quiet', () => {
    serve(200, 500, 5_000);
    nowMs += 3_600;
    letIn(1).forEach((leave) => leave());
    expect(letIn(1_000)).toHaveLength(400);
  });

  it('turns nobody away after a standstill of one who was alone', () => {
    const [leave] = letIn(1);
    nowMs += 60_000;
    leave?.();
    expect(letIn(20)).toHaveLength(20);
  });
});
