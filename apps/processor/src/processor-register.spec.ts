import { SilentLog } from '#platform/logging/log.js';
import { Workbench } from '../test/workbench.js';
import { CreateBreaker } from './gateway/create-breaker.js';
import { GatewayBudget } from './gateway/gateway-budget.js';
import { ProcessorRegister } from './processor-register.js';

/** Remembers what it was given. */
class SeenBudget extends GatewayBudget {
  share: number | null = null;

  override shareWith(processors: number, untilMs: number): void {
    super.shareWith(processors, untilMs);
    this.share = 1 / processors;
  }
}

describe('ProcessorRegister', () => {
  let bench: Workbench;

  beforeEach(async () => {
    bench = await Workbench.open();
  });

  afterEach(async () => {
    await bench.close();
  });

  function processor() {
    const budget = new SeenBudget(100, new CreateBreaker(new SilentLog()));
    return { budget, register: new ProcessorRegister(bench.db, budget) };
  }

  /** As if nothing had been heard of it for so long; its next word is as from a process that was paused. */
  const silence = (seconds: number, place: 'first' | 'last') =>
    bench.owner.query(
      `UPDATE processors SET seen_at = seen_at - make_interval(secs => $1)
       WHERE id = (SELECT ${place === 'first' ? 'min' : 'max'}(id::text)::uuid FROM processors)`,
      [seconds],
    );

  it('gives who is alone the whole budget at once', async () => {
    const { budget, register } = processor();
    await register.runOnce();
    expect(budget.share).toBe(1);
  });

  it('gives who comes a share only once the others know it', async () => {
    const [old, fresh] = [processor(), processor()];
    await old.register.runOnce();
    await fresh.register.runOnce();
    expect(fresh.budget.share).toBeNull();
    await old.register.runOnce();
    expect(old.budget.share).toBe(0.5);
    await fresh.register.runOnce();
    expect(fresh.budget.share).toBe(0.5);
  });

  it('gives the share of one that died to the others, and takes it back from none that lives', async () => {
    const [first, second] = [processor(), processor()];
    for (const { register } of [first, second, first, second]) await register.runOnce();
    await silence(5, 'first');
    await second.register.runOnce();
    expect(second.budget.share).toBe(0.5);
    await silence(5, 'first');
    await second.register.runOnce();
    expect(second.budget.share).toBe(1);
  });

  it('gives one that was paused no share again before the others know it is back', async () => {
    const [paused, other] = [processor(), processor()];
    for (const { register } of [paused, other, paused, other]) await register.runOnce();
    await silence(10, 'first');
    await other.register.runOnce();
    expect(other.budget.share).toBe(1);
    paused.budget.share = null;
    await paused.register.runOnce();
    expect(paused.budget.share).toBeNull();
    await other.register.runOnce();
    await paused.register.runOnce();
    expect([other.budget.share, paused.budget.share]).toEqual([0.5, 0.5]);
  });

  it('makes one that lives the eldest, and the next one when that is gone or silent', async () => {
    const [first, second, third] = [processor(), processor(), processor()];
    for (const { register } of [first, second, third]) await register.runOnce();
    const eldest = () => [first, second, third].map(({ register }) => register.isEldest);
    expect(eldest()).toEqual([true, false, false]);
    await first.register.leave();
    for (const { register } of [second, third]) await register.runOnce();
    expect(eldest().slice(1)).toEqual([true, false]);
    await silence(10, 'first');
    await third.register.runOnce();
    expect(third.register.isEldest).toBe(true);
  });

  it('gives a share that is void before the others take it', async () => {
    const { budget, register } = processor();
    const shared: number[] = [];
    budget.shareWith = (_, untilMs) => void shared.push(untilMs - performance.now());
    await register.runOnce();
    expect(shared[0]).toBeLessThanOrEqual(6_000);
  });

  it('divides by real time, wherever the clock of the service was moved', async () => {
    const [first, second] = [processor(), processor()];
    await first.register.runOnce();
    await bench.moveClock(3_600);
    for (const { register } of [second, first, second]) await register.runOnce();
    expect([first.budget.share, second.budget.share]).toEqual([0.5, 0.5]);
  });
});
