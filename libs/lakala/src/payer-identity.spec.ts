import fc from 'fast-check';
import { notification2021, notification2025 } from '../../../test/fixtures/lakala-vectors/real-messages.js';
import { textWithoutPayerIdentity, withoutPayerIdentity } from './payer-identity.js';

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

describe('textWithoutPayerIdentity', () => {
  it.each([
    ['用户13800138000余额不足', '用户***余额不足'],
    ['用户138****8000余额不足', '用户***余额不足'],
    ['card 6222 0212 3456 1234 declined', 'card *** declined'],
    ['card 6222 0212 **** 1234 declined', 'card *** declined'],
    ['身份证11010119900307721X有误', '身份证***有误'],
    ['户名：张三, 请核实', '户名：***, 请核实'],
    ['openid=oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', 'openid=***'],
    ['no user oUpF8uMuAJO_M2pxb1Q9zNjWeS6o here', 'no user *** here'],
    ['buyer sky***@163.com', 'buyer ***'],
    ['buyer zhang.san@example.com', 'buyer ***'],
    ['张*三的账户', '***的账户'],
  ])('masks who paid in "%s"', (text, masked) => {
    expect(textWithoutPayerIdentity(text)).toBe(masked);
  });

  it.each(['余额不足', '商户不存在', 'amount 100.00 exceeds 50.00', '订单状态不正确, code 30012', '交易处理中'])('leaves "%s" as it is', (text) => {
    expect(textWithoutPayerIdentity(text)).toBe(text);
  });

  it('takes no long time over a hostile text', () => {
    const began = performance.now();
    for (const bit of ['1', '*', 'a', '1 ', '张*', 'a*', 'name:', 'x@']) textWithoutPayerIdentity(bit.repeat(2_000));
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
