import { runAdmin } from '../stack/admin.ts';
import { urlForRole } from '../stack/databases.ts';
import { until } from '../stack/until.ts';
import { press } from './press.ts';
import { World } from './world.ts';

interface Why {
  order: { id: string; status: string };
  timeline: { at: string; who: string; what: string; times: number }[];
  endings: { about: string; text: string }[];
}

const PAYER = ['2088000000000000', 'pay***@example.com'];
let world: World;

beforeAll(async () => {
  world = await World.start({ env: { LAKALA_TIMEOUT_SECONDS: '2' } });
}, 120_000);
beforeEach(() => world.lakala.setFaults({}));
afterAll(() => world.stop(), 60_000);

const admin = (...args: string[]): Promise<string> => runAdmin(urlForRole(world.stack.databaseUrl, 'loomi_admin'), 'why', ...args);
const why = async (...args: string[]): Promise<Why> => JSON.parse(await admin(...args, '--json')) as Why;

test('a lost answer, a try that failed, a payment and a refund: why tells it all, in order', async () => {
  await world.lakala.setFaults({ create: { droppedAfter: { rate: 1, times: 1 } } });
  const order = await world.openOrder({ amount: 10_000 });
  const waiting = await why(order.id);
  expect(waiting.endings).toEqual([{ about: order.id, name: 'The payment', text: expect.stringMatching(/^waits for the payer, who can pay until .*; Lakala is asked/) as string }]);

  await press(order.page, 'fail');
  await until('the failed try to be told', 10_000, async () => /last try to pay failed/.test(await admin(order.id)));
  await press(order.page, 'pay');
  const paid = await world.ended(order, 'succeeded');

  await world.lakala.setFaults({ refund: { droppedAfter: { rate: 1, times: 1 } } });
  const { body: asked } = await world.app.createRefund(paid.id, { amount: 3_000, merchant_refund_id: 'R-1', reason: 'one of two' });
  await until('the refund’s answer to be lost', 10_000, async () => /when asked for refund 1, gave no usable answer/.test(await admin(asked.id)));
  const lost = (await why(asked.id)).endings.at(-1);
  expect(lost).toMatchObject({ about: asked.id });
  expect(lost?.text).toMatch(/^waits for Lakala's signed word.*Lakala is asked what became of it at /);
  await world.clock.advance(31);
  const refund = await world.refund(asked.id, 'succeeded');
  await until('every event to be on its stream', 10_000, async () => !(await admin(order.id)).includes('not on the stream yet'));

  const { timeline, endings } = await why(order.id);
  expectInOrder(timeline.map(({ who, what }) => `${who}: ${what}`), [
    /^app: asked for a payment of 100\.00 CNY/,
    /^us: asked Lakala for a page: attempt 1, number [0-9a-f]{32}.*given up since: nobody has its page/,
    /^Lakala: when asked for a page for attempt 1, gave no usable answer/,
    /^us: asked Lakala for a page: attempt 2, number [0-9a-f]{32}/,
    /^Lakala: gave a page for attempt 2/,
    /^us: the order goes from pending to processing; told on payment_results as \d+-\d+/,
    /^Lakala: told us unasked about attempt 2: .*payment failed/,
    /^Lakala: told us unasked about attempt 2: paid \(payment succeeded\)/,
    /^us: booked 100\.00 CNY paid by \w+ on attempt 2: trade \w+, log \w+/,
    /^us: the order goes from processing to succeeded/,
    /^app: asked for refund 1: 30\.00 CNY of trade \w+, the app's number R-1: one of two/,
    /^us: sent refund 1 to Lakala, number [0-9a-f]{32}/,
    /^us: the refund goes from pending to processing; told on refund_results/,
    /^Lakala: when asked for refund 1, gave no usable answer/,
    /^Lakala: when asked about refund 1, says the money was given back/,
    /^us: the refund goes from processing to succeeded/,
  ]);
  expect(timeline.some(({ what }) => what.startsWith('closed the page of attempt 1'))).toBe(true);
  expect(endings).toMatchObject([
    { about: refund.id, text: expect.stringMatching(/^ended: Lakala gave 30\.00 CNY back by trade \w+, proven by Lakala's signed answer .*its signature holds/) as string },
    { about: order.id, text: expect.stringMatching(/^ended: 100\.00 CNY were paid by trade \w+, proven by Lakala's signed notification of .*its signature holds/) as string },
  ]);

  for (const name of [[paid.gateway_transaction_id ?? ''], [refund.gateway_refund_id ?? ''], ['R-1', '--app', world.stack.appId]]) {
    expect((await why(...name)).order.id).toBe(order.id);
  }
}, 90_000);

test('who paid is neither in the history nor in what is printed, and the page is not either', async () => {
  const order = await world.paidOrder();
  const { rows } = await world.books.query<{ words: string; raw: string }>(
    `SELECT (SELECT json_agg(w)::text FROM gateway_words w) AS words,
       (SELECT string_agg(convert_from(raw, 'UTF8'), '') FROM outcomes) AS raw`,
  );
  const shown = `${rows[0]?.words} ${await admin(order.id)} ${await admin(order.id, '--json')}`;
  for (const payer of PAYER) {
    expect(rows[0]?.raw).toContain(payer);
    expect(shown).not.toContain(payer);
  }
  expect(shown).not.toMatch(/https?:|lpk_|signature"/);
}, 60_000);

/** Each of the patterns in a line of its own, in this order, other lines between them allowed. */
function expectInOrder(lines: readonly string[], patterns: readonly RegExp[]): void {
  let from = 0;
  for (const pattern of patterns) {
    const found = lines.findIndex((line, index) => index >= from && pattern.test(line));
    if (found === -1) throw new Error(`after line ${from} none is like ${pattern}:\n${lines.join('\n')}`);
    from = found + 1;
  }
}
