import { askAgainAt } from './ask-again.js';
import { MAX_SENDS, nextRefundStep, type PlannedRefund } from './refund-plan.js';

const NOW = 1_000_000_000;
const step = (more: Partial<PlannedRefund>) =>
  nextRefundStep(
    {
      status: 'processing',
      sends: 1,
      lastSentAtMs: NOW - 10_000,
      lastAskedAtMs: null,
      unknownSinceSend: 0,
      gatewayState: null,
      mayResend: true,
      ...more,
    },
    NOW,
    0,
  );

describe('nextRefundStep', () => {
  it('sends a new refund', () => {
    expect(step({ status: 'pending', sends: 0, lastSentAtMs: null })).toEqual({ do: 'send' });
  });

  it('does nothing about one that ended', () => {
    expect(step({ status: 'succeeded' })).toEqual({ do: 'wait', untilMs: null });
    expect(step({ status: 'failed' })).toEqual({ do: 'wait', untilMs: null });
  });

  it('asks first, half a minute after a send whose answer is lost', () => {
    expect(step({})).toEqual({ do: 'wait', untilMs: NOW + 20_000 });
    expect(step({ lastSentAtMs: NOW - 30_000 })).toEqual({ do: 'ask' });
  });

  it('sends again only what a signed answer did not know', () => {
    const asked = { lastSentAtMs: NOW - 40_000, lastAskedAtMs: NOW - 1_000 };
    expect(step({ ...asked, unknownSinceSend: 1 })).toEqual({ do: 'send' });
    expect(step(asked)).toMatchObject({ do: 'wait' });
  });

  it('never sends again what Lakala knows, what it may not, or what it sent too often', () => {
    const unknown = { lastSentAtMs: NOW - 40_000, lastAskedAtMs: NOW - 1_000, unknownSinceSend: 1 };
    expect(step({ ...unknown, gatewayState: 'DEAL' })).toMatchObject({ do: 'wait' });
    expect(step({ ...unknown, mayResend: false })).toMatchObject({ do: 'wait' });
    expect(step({ ...unknown, sends: MAX_SENDS })).toMatchObject({ do: 'wait' });
  });

  it('asks soon about one that is under way', () => {
    expect(step({ gatewayState: 'DEAL', lastSentAtMs: NOW - 2_000 })).toEqual({ do: 'ask' });
  });
});

describe('askAgainAt', () => {
  it('waits half as long as it has been open, within limits, spread by the jitter', () => {
    const schedule = { atLeastMs: 1_000, atMostMs: 60_000 };
    expect(askAgainAt(NOW, NOW, schedule, 0)).toBe(NOW + 1_000);
    expect(askAgainAt(NOW, NOW - 20_000, schedule, 0)).toBe(NOW + 10_000);
    expect(askAgainAt(NOW, NOW - 86_400_000, schedule, 0)).toBe(NOW + 60_000);
    expect(askAgainAt(NOW, NOW - 20_000, schedule, 0.8)).toBe(NOW + 12_000);
  });
});
