import { SilentLog } from '#platform/logging/log.js';
import { CreateBreaker } from './create-breaker.js';
import { GatewayBudget, type Permit } from './gateway-budget.js';

function budgetOf(maxCallsPerSecond: number) {
  return new GatewayBudget(maxCallsPerSecond, new CreateBreaker(new SilentLog()));
}

function takeAllCreates(budget: GatewayBudget): Permit[] {
  const permits: Permit[] = [];
  for (let permit = budget.takeCreate(); permit; permit = budget.takeCreate()) permits.push(permit);
  return permits;
}

describe('GatewayBudget', () => {
  it('leaves a share that creates cannot take to questions about money', () => {
    const budget = budgetOf(20);
    const creates = takeAllCreates(budget).length;
    expect(creates).toBeLessThanOrEqual(15);
    expect(budget.takeQuestion(2)).toBe(true);
    expect(budget.takeQuestion(2)).toBe(true);
  });

  it('leaves connections to questions while many creates are under way', () => {
    const budget = budgetOf(1_000);
    const creates = takeAllCreates(budget);
    expect(creates).toHaveLength(48);
    expect(budget.takeQuestion(1)).toBe(true);
    creates[0]?.end();
    expect(budget.takeCreate()).not.toBeNull();
  });

  it('makes no more calls than its share when several processors live', () => {
    const budget = budgetOf(100);
    budget.divideBy(10);
    const taken = Array.from({ length: 100 }, () => budget.takeQuestion(1)).filter(Boolean).length;
    expect(taken).toBeLessThanOrEqual(11);
  });

  it('lets a create through however small the budget is', () => {
    const budget = budgetOf(1);
    budget.divideBy(20);
    expect(budget.takeCreate()).not.toBeNull();
  });
});

describe('CreateBreaker', () => {
  it('stops creates once nearly all answers are lost', async () => {
    const breaker = new CreateBreaker(new SilentLog());
    const lost = { answer: { outcome: 'unknown', cause: 'no answer', signed: false }, callback: null, evidence: null, heard: [] } as const;
    for (let call = 0; call < 30 && breaker.allows(1); call += 1) await breaker.run(async () => lost);
    expect(breaker.allows(1)).toBe(false);
    expect(breaker.allows(0)).toBe(false);
  });
});
