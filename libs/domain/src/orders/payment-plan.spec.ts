import { MAX_ATTEMPTS, nextPaymentStep, RECHECKS_MS, type PlannedAttempt, type PlannedPayment } from './payment-plan.js';

const NOW = 1_000_000_000;
const MINUTE = 60_000;
const attempt = (state: PlannedAttempt['state'], more: Partial<PlannedAttempt> = {}): PlannedAttempt => ({
  id: 'a1',
  state,
  over: state === 'refused',
  begunAtMs: NOW - MINUTE,
  lastInquiredAtMs: null,
  hintedAtMs: null,
  jitter: 0,
  refusal: state === 'refused' ? { definite: false, code: 'X', message: 'no' } : null,
  ...more,
});
const order = (more: Partial<PlannedPayment> = {}): PlannedPayment => ({
  status: 'pending',
  expiresAtMs: NOW + 30 * MINUTE,
  closeRequestedAtMs: null,
  failedAtMs: null,
  rechecks: 0,
  attempts: [],
  ...more,
});
const step = (more: Partial<PlannedPayment>) => nextPaymentStep(order(more), NOW);
const wait = (untilMs: number | null) => ({ do: 'wait', untilMs });
const failedAs = (code: string) => ({ do: 'fail', failure: { code, message: expect.any(String) as string } });

describe('nextPaymentStep of a pending order', () => {
  it('submits a new order', () => {
    expect(step({})).toEqual({ do: 'submit' });
  });

  it('gives up an attempt whose worker lost its lease before anything else', () => {
    expect(step({ closeRequestedAtMs: NOW, attempts: [attempt('begun')] })).toEqual({ do: 'abandon', attemptId: 'a1' });
  });

  it('submits again after an abandoned attempt, backing off to a minute at most', () => {
    const recent = attempt('abandoned', { begunAtMs: NOW - 500, over: true });
    expect(step({ attempts: [recent] })).toEqual(wait(NOW + 500));
    const old = { ...recent, begunAtMs: NOW - 59_000 };
    expect(step({ attempts: Array.from({ length: 10 }, () => old) })).toEqual(wait(NOW + 1_000));
    expect(step({ attempts: [{ ...recent, begunAtMs: NOW - 1_000 }] })).toEqual({ do: 'submit' });
  });

  it('asks for no page before it may, and closes the one that nobody has meanwhile', () => {
    expect(nextPaymentStep(order(), NOW, NOW + 1_000)).toEqual(wait(NOW + 1_000));
    const lost = attempt('abandoned');
    expect(nextPaymentStep(order({ attempts: [lost] }), NOW, NOW + 1_000)).toEqual({ do: 'inquire', attemptId: 'a1', closeFirst: true });
  });

  it('closes the page that nobody has while it waits to submit again', () => {
    const lost = attempt('abandoned', { begunAtMs: NOW - 500 });
    expect(step({ attempts: [lost] })).toEqual({ do: 'inquire', attemptId: 'a1', closeFirst: true });
  });

  it('does not submit with less than 30 s left', () => {
    expect(step({ expiresAtMs: NOW + 29_999 })).toEqual(wait(NOW + 29_999));
    expect(step({ expiresAtMs: NOW + 30_000 })).toEqual({ do: 'submit' });
  });

  it('fails what was never payable once it has expired or was asked to close', () => {
    expect(step({ expiresAtMs: NOW })).toEqual(failedAs('expired'));
    expect(step({ closeRequestedAtMs: NOW })).toEqual(failedAs('closed'));
    expect(step({ closeRequestedAtMs: NOW, attempts: [attempt('abandoned')] })).toEqual(failedAs('closed'));
  });

  it('fails after three refusals in a row, or a definite one, and not after two', () => {
    const two = [attempt('refused'), attempt('refused')];
    expect(step({ attempts: [...two, attempt('refused')] })).toEqual(failedAs('refused'));
    expect(step({ attempts: two })).toEqual({ do: 'submit' });
    expect(step({ attempts: [...two, attempt('abandoned', { over: true }), attempt('refused')] })).toEqual({ do: 'submit' });
    const definite = attempt('refused', { refusal: { definite: true, code: 'X', message: 'no' } });
    expect(step({ attempts: [definite] })).toEqual(failedAs('refused'));
  });

  it('asks for no more pages than the most, and waits for the expiry', () => {
    const many = Array.from({ length: MAX_ATTEMPTS }, () => attempt('abandoned', { over: true, begunAtMs: NOW - 20 * MINUTE }));
    expect(step({ attempts: many })).toEqual(wait(NOW + 30 * MINUTE));
    expect(step({ attempts: many.slice(1) })).toEqual({ do: 'submit' });
  });
});

describe('nextPaymentStep of a payable order', () => {
  const payable = (more: Partial<PlannedPayment>, page: Partial<PlannedAttempt> = {}) =>
    step({ status: 'processing', attempts: [attempt('payable', page)], ...more });

  it('first asks five seconds after the page, then ever more rarely', () => {
    expect(payable({}, { begunAtMs: NOW - 1_000 })).toEqual(wait(NOW + 4_000));
    expect(payable({}, { begunAtMs: NOW - 5_000 })).toEqual({ do: 'inquire', attemptId: 'a1', closeFirst: false });
    expect(payable({}, { lastInquiredAtMs: NOW })).toEqual(wait(NOW + MINUTE / 2));
  });

  it('asks at once when somebody brought news', () => {
    const asked = { begunAtMs: NOW - 1_000, hintedAtMs: NOW - 1 };
    expect(payable({}, asked)).toEqual({ do: 'inquire', attemptId: 'a1', closeFirst: false });
    expect(payable({}, { ...asked, lastInquiredAtMs: NOW })).toMatchObject({ do: 'wait' });
  });

  it('closes at Lakala from the expiry on, whenever it was last asked about', () => {
    const close = { do: 'inquire', attemptId: 'a1', closeFirst: true };
    expect(payable({ expiresAtMs: NOW }, { lastInquiredAtMs: NOW - 1 })).toEqual(close);
    expect(payable({ expiresAtMs: NOW + 10 }, { lastInquiredAtMs: NOW })).toEqual(wait(NOW + 10));
  });

  it('closes at Lakala when it was asked to', () => {
    expect(payable({ closeRequestedAtMs: NOW - 1 }, { lastInquiredAtMs: NOW - 2 })).toMatchObject({ closeFirst: true });
  });

  it('keeps asking in an order that is past its time', () => {
    expect(payable({ expiresAtMs: NOW - 1_000 }, { lastInquiredAtMs: NOW })).toEqual(wait(NOW + 1_000));
  });
});

describe('nextPaymentStep of a final order', () => {
  it('has nothing to do for a paid order', () => {
    expect(step({ status: 'succeeded', attempts: [attempt('payable', { over: true })] })).toEqual(wait(null));
  });

  it('closes what is still open of a paid order', () => {
    const attempts = [attempt('abandoned'), attempt('payable', { id: 'a2', over: true })];
    expect(step({ status: 'succeeded', attempts })).toEqual({ do: 'inquire', attemptId: 'a1', closeFirst: true });
  });

  it('looks again after ten minutes, two hours and a day at a failed order that had a page', () => {
    const attempts = [attempt('payable', { over: true, lastInquiredAtMs: NOW - MINUTE })];
    const failed = (rechecks: number, failedAtMs: number) => step({ status: 'failed', failedAtMs, rechecks, attempts });
    expect(RECHECKS_MS).toEqual([600_000, 7_200_000, 86_400_000]);
    expect(failed(0, NOW)).toEqual(wait(NOW + 600_000));
    expect(failed(0, NOW - 600_000)).toEqual({ do: 'inquire', attemptId: 'a1', closeFirst: false });
    expect(failed(1, NOW - 600_000)).toEqual(wait(NOW + 6_600_000));
    expect(failed(3, NOW)).toEqual(wait(null));
  });

  it('looks no more at a failed order that never had a page', () => {
    expect(step({ status: 'failed', failedAtMs: NOW, attempts: [attempt('refused')] })).toEqual(wait(null));
  });
});
