import { SilentLog } from '#platform/logging/log.js';
import { CreateBreaker } from './create-breaker.js';
import { GatewayBudget, type Permit } from './gateway-budget.js';

const LOST = { answer: { outcome: 'unknown', cause: 'no answer', signed: false }, callback: null, evidence: null, heard: [] } as const;

/** A budget whose time a test moves. */
class Bench {
  atMs = 0;
  readonly breaker = new CreateBreaker(new SilentLog());
  readonly budget: GatewayBudget;

  constructor(maxCallsPerSecond: number, processors = 1) {
    this.budget = new GatewayBudget(maxCallsPerSecond, this.breaker, () => this.atMs);
    this.budget.shareWith(processors, Number.POSITIVE_INFINITY);
  }

  /** What goes out in so many seconds, looked at often, where creates and questions always wait. */
  async pass(seconds: number, wanted: { creates?: boolean; questions?: boolean }) {
    const sent = { creates: 0, questions: 0, atMs: [] as number[] };
    for (const endMs = this.atMs + seconds * 1_000; this.atMs < endMs; this.atMs += 10) {
      if (wanted.creates) sent.creates += this.takeCreates().map((permit) => permit.end()).length;
      while (wanted.questions && this.budget.takeQuestion()) sent.questions += 1;
      while (sent.atMs.length < sent.creates + sent.questions) sent.atMs.push(this.atMs);
    }
    return sent;
  }

  takeCreates(): Permit[] {
    const permits: Permit[] = [];
    for (let permit = this.budget.takeCreate(); permit; permit = this.budget.takeCreate()) permits.push(permit);
    return permits;
  }
}

function mostInASecond(atMs: readonly number[]): number {
  return Math.max(...atMs.map((from, index) => atMs.slice(index).filter((at) => at < from + 1_000).length));
}

describe('GatewayBudget', () => {
  it.each([
    [100, 1],
    [100, 2],
    [20, 4],
  ])('sends no more of %d calls a second than its share among %d, not even after a pause', async (calls, processors) => {
    const bench = new Bench(calls, processors);
    bench.atMs += 60_000;
    const { atMs } = await bench.pass(10, { questions: true });
    expect(mostInASecond(atMs)).toBeLessThanOrEqual(calls / processors);
    expect(atMs.length).toBeGreaterThanOrEqual((10 * calls) / processors / 2);
  });

  it('spreads the calls of a second', async () => {
    const bench = new Bench(100);
    bench.atMs += 60_000;
    const { atMs } = await bench.pass(1, { questions: true });
    expect(atMs.filter((at) => at < 60_100).length).toBeLessThanOrEqual(30);
  });

  it('leaves nearly all to questions while many wait, and a part to creates', async () => {
    const { creates, questions } = await new Bench(100).pass(10, { creates: true, questions: true });
    expect(questions / (creates + questions)).toBeGreaterThanOrEqual(0.7);
    expect(creates / (creates + questions)).toBeGreaterThanOrEqual(0.15);
  });

  it('leaves a question its turn at once where only creates wait', async () => {
    const bench = new Bench(100);
    await bench.pass(5, { creates: true });
    expect(bench.budget.takeQuestion()).toBe(true);
    expect(bench.budget.takeQuestion()).toBe(true);
  });

  it('leaves connections to questions while many creates are under way', () => {
    const bench = new Bench(10_000);
    bench.atMs += 1_000;
    const creates = bench.takeCreates();
    expect(creates).toHaveLength(48);
    expect(bench.budget.takeQuestion()).toBe(true);
    creates[0]?.end();
    creates[0]?.end();
    expect(bench.takeCreates()).toHaveLength(1);
  });

  it('sends no further creates after some that Lakala is slow to answer', () => {
    const bench = new Bench(1_000);
    bench.atMs += 1_000;
    const slow = Array.from({ length: 8 }, () => bench.budget.takeCreate());
    expect(bench.budget.createRoom()).toBeGreaterThan(0);
    bench.atMs += 3_000;
    expect(bench.budget.takeCreate()).toBeNull();
    expect(bench.budget.takeQuestion()).toBe(true);
    slow[0]?.end();
    expect(bench.budget.takeCreate()).not.toBeNull();
  });

  it('sends nothing before it has a share, nor once that is void', () => {
    const bench = new Bench(100);
    const fresh = new GatewayBudget(100, bench.breaker, () => bench.atMs);
    bench.atMs += 1_000;
    expect(fresh.takeQuestion()).toBe(false);
    fresh.shareWith(1, bench.atMs + 6_000);
    bench.atMs += 5_999;
    expect(fresh.takeQuestion()).toBe(true);
    bench.atMs += 2;
    expect(fresh.takeQuestion()).toBe(false);
    expect(fresh.takeCreate()).toBeNull();
  });

  it('lets a create through however small the budget is', async () => {
    const { creates } = await new Bench(1, 20).pass(600, { creates: true, questions: true });
    expect(creates).toBeGreaterThan(0);
  });

  it('tries one create at a time once nearly all answers were lost', async () => {
    const bench = new Bench(10_000);
    for (let call = 0; call < 30 && bench.breaker.isClosed; call += 1) await bench.breaker.run(async () => LOST);
    bench.atMs += 1_000;
    expect(bench.budget.createRoom()).toBe(0);
    expect(bench.budget.takeCreate()).toBeNull();
    expect(bench.budget.takeQuestion()).toBe(true);
  });
});

describe('CreateBreaker', () => {
  const openBreaker = async () => {
    const breaker = new CreateBreaker(new SilentLog());
    for (let call = 0; call < 30 && breaker.allows(1); call += 1) await breaker.run(async () => LOST);
    return breaker;
  };

  it('stops creates once nearly all answers are lost', async () => {
    const breaker = await openBreaker();
    expect(breaker.allows(1)).toBe(false);
    expect(breaker.allows(0)).toBe(false);
  });

  it('makes the call that was allowed before it opened', async () => {
    const breaker = await openBreaker();
    await expect(breaker.run(async () => LOST)).resolves.toBe(LOST);
  });

  it('stops no question about money', async () => {
    let atMs = 0;
    const budget = new GatewayBudget(1_000, await openBreaker(), () => atMs);
    budget.shareWith(1, Number.POSITIVE_INFINITY);
    atMs += 1_000;
    expect(budget.takeCreate()).toBeNull();
    expect(budget.takeQuestion()).toBe(true);
  });
});
