import fc from 'fast-check';
import { notification2021, notification2025 } from '../../../test/fixtures/lakala-vectors/real-messages.js';
import { withoutPayerIdentity } from './payer-identity.js';

const parsed = (raw: Buffer) => JSON.parse(raw.toString()) as Record<string, unknown>;

describe('withoutPayerIdentity', () => {
  it("masks the payer in today's real notification and nothing else", () => {
    const message = parsed(notification2025.body);
    const trade = message['order_trade_info'] as Record<string, unknown>;
    expect(withoutPayerIdentity(message)).toEqual({
      ...message,
      order_trade_info: { ...trade, user_id1: '***', user_id2: '***' },
    });
  });

  it('masks the payer in the older real notification and nothing else', () => {
    const message = parsed(notification2021.body);
    expect(withoutPayerIdentity(message)).toEqual({ ...message, payerId1: '***', payerId2: '***' });
  });

  it.each(['user_id', 'acc_id', 'card_no', 'cardNo', 'open_id', 'openid', 'payer_account_no', 'payer_name', 'request_ip', 'mobile'])(
    'masks %s however deep it lies, and whatever it is',
    (name) => {
      const shown = JSON.stringify(withoutPayerIdentity({ a: [{ b: { [name]: { x: 'who' } } }, { [name]: ['who'] }] }));
      expect(shown).not.toContain('who');
    },
  );

  it('leaves an empty field empty, so that nobody seems to have been there', () => {
    expect(withoutPayerIdentity({ user_id1: null })).toEqual({ user_id1: null });
  });

  it('leaves a message without a payer as it was, and the original untouched', () => {
    const names = fc.constantFrom('trade_no', 'merchant_no', 'amount', 'list', '__proto__');
    fc.assert(
      fc.property(fc.dictionary(names, fc.jsonValue({ maxDepth: 3 })), (message) => {
        const before = JSON.stringify(message);
        expect(JSON.stringify(withoutPayerIdentity(message))).toBe(before);
        expect(JSON.stringify(message)).toBe(before);
      }),
    );
  });

  it('masks what is nested too deep to search', () => {
    const deep = JSON.parse('{"a":'.repeat(5000) + '{"user_id1":"who"}' + '}'.repeat(5000)) as unknown;
    expect(JSON.stringify(withoutPayerIdentity(deep))).not.toContain('who');
  });
});
