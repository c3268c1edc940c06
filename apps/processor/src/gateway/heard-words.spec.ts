import fc from 'fast-check';
import { parseNotification } from '#lakala/notification-message.js';
import { registerSecret } from '#platform/logging/secrets.js';
import { notification2021, notification2025 } from '../../../../test/fixtures/lakala-vectors/real-messages.js';
import { heardOn, heardUnasked } from './heard-words.js';
import type { SignedAnswer } from './lakala-client.js';

const PAYER = ['2088002264868521', 'sky***', 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', '13800138000', '张三'];
const SECRET = 'the-password-of-the-database';
const open = { outcome: 'open' } as const;

function answered(code: string, message: string, respData?: Record<string, unknown>): SignedAnswer {
  const evidence = { raw: Buffer.from('{}'), signedTextPrefix: '', signature: 's', certificate: 'c', timestampSeconds: 1 };
  return { signed: true, envelope: { code, message, respData }, evidence, traceId: 'abc-123' };
}

test('of an answer the code, the state, the entries and the trace are kept, and not one field more', () => {
  const respData = {
    order_status: '2',
    payer_name: '张三',
    counter_url: 'https://pay.example/secret-page',
    order_trade_info_list: [
      { trade_type: 'PAY', trade_status: 'S', user_id1: 'sky***', user_id2: '2088002264868521' },
      { trade_type: 'PAY', trade_status: 'F', open_id: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
      { trade_type: 'PAY', trade_status: '13800138000' },
      null,
    ],
  };
  expect(heardOn('query', answered('000000', 'SUCCESS', respData), open)).toEqual({
    call: 'query',
    outcome: 'open',
    code: '000000',
    state: '2',
    trades: 'PAY S, PAY F',
    message: 'SUCCESS',
    traceId: 'abc-123',
    at: null,
  });
});

test('who paid, and what is secret, is masked in Lakala’s text', () => {
  registerSecret(SECRET);
  const text = `持卡人：张三 sky***@163.com 13800138000 oUpF8uMuAJO_M2pxb1Q9zNjWeS6o 2088002264868521 ${SECRET} lpk_abcdefgh 余额不足`;
  const { message } = heardOn('create', answered('BBS11184', text), { outcome: 'refused', definite: true, code: 'BBS11184', message: text });
  for (const planted of [...PAYER, SECRET, 'lpk_abcdefgh', '163.com']) expect(message).not.toContain(planted);
  expect(message).toContain('余额不足');
});

test('what is not of the form of a code, a state or a trace is not kept; a long text is cut to what the row holds', () => {
  const strange = { ...answered('{"a":1}', '长'.repeat(3_000), { order_status: '张三' }), traceId: 'x y' };
  const heard = heardOn('query', strange, open);
  expect(heard).toMatchObject({ code: null, state: null, traceId: null });
  expect(heard.message).toHaveLength(200);
});

test('where nothing usable came, why is kept', () => {
  const lost: SignedAnswer = { signed: false, cause: 'no answer in time', traceId: null };
  const heard = heardOn('create', lost, { outcome: 'unknown', cause: 'no answer in time', signed: false });
  expect(heard).toMatchObject({ outcome: 'unknown', code: null, message: 'no answer in time', traceId: null });
  const other = heardOn('refund', answered('000000', '成功', {}), { outcome: 'unknown', cause: 'the answer belongs to another question', signed: false });
  expect(other).toMatchObject({ code: '000000', message: 'the answer belongs to another question' });
});

test('of the real notifications only states are kept', () => {
  const at = new Date('2025-03-11T11:56:59Z');
  const today = heardUnasked(parseNotification(notification2025.body), 'paid', true, at);
  expect(today).toEqual({ call: 'notification', outcome: 'paid', code: null, state: '2', trades: 'PAY S', message: null, traceId: null, at });
  expect(heardUnasked(parseNotification(notification2021.body), 'open', true, at)).toMatchObject({ trades: null, message: 'of the older form' });
  expect(heardUnasked(parseNotification(notification2025.body), 'open', false, at).message).toBe('signed by no certificate we trust');
});

test('whatever Lakala answers has the form that the row takes: a history must never keep an answer from being applied', () => {
  const field = fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 1 }), fc.constantFrom('PAY', 'S', '2', { toString: 1 }, { __proto__: null }));
  const entry = fc.oneof(field, fc.record({ trade_type: field, trade_status: field }));
  const data = fc.record({ order_status: field, trade_state: field, order_trade_info_list: fc.oneof(field, fc.array(entry)) }, { requiredKeys: [] });
  const text = fc.string({ unit: 'binary', maxLength: 300 });
  const fits = ({ code, state, trades, traceId, message }: ReturnType<typeof heardOn>): boolean =>
    [code, state].every((value) => value === null || /^[A-Za-z0-9_-]{1,32}$/.test(value)) &&
    (trades === null || /^[A-Z]{1,8} [A-Z](, [A-Z]{1,8} [A-Z]){0,9}$/.test(trades)) &&
    (traceId === null || /^[A-Za-z0-9_-]{1,64}$/.test(traceId)) &&
    (message === null || (message.length <= 200 && !message.includes('\0')));
  fc.assert(
    fc.property(text, text, fc.option(data, { nil: undefined }), text, (code, message, respData, traceId) =>
      fits(heardOn('query', { ...answered(code, message, respData), traceId }, open)),
    ),
  );
});
