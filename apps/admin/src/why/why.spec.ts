import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { createTestDatabase, urlForRole, type TestDatabase } from '../../../../test/stack/databases.ts';
import {
  genuineEvidence,
  writeAnomaly,
  writeFailure,
  writeNotification,
  writeProcessingOrder,
  writeRefund,
  writeSuccess,
  writeWord,
  type SaidWord,
  type WrittenFailure,
  type WrittenOrder,
} from '../../test/books.ts';
import { answerOf, run } from '../../test/command-line.ts';
import type { WhyReport } from './why-report.js';

let database: TestDatabase;
let owner: Client;
let url: string;
let orders = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  url = urlForRole(database.url, 'loomi_admin');
  owner = new Client({ connectionString: database.url });
  await owner.connect();
  await answerOf(url, 'app', 'create', 'shop');
});
afterAll(async () => {
  await owner.end();
  await database.drop();
});
beforeEach(() => clock('10:00'));

/** Sets the service's one clock to a time of the 25th of November, in UTC: in China it is eight hours later. */
async function clock(time: string): Promise<void> {
  const now = `SELECT timestamptz '2026-11-25 ${time}+00'`.replaceAll("'", "''");
  await owner.query(`CREATE OR REPLACE FUNCTION loomi_now() RETURNS timestamptz LANGUAGE sql STABLE AS '${now}'`);
}

async function newOrder(): Promise<WrittenOrder> {
  orders += 1;
  return writeProcessingOrder(owner, { appId: 'shop', merchantOrderId: `sale-${orders}` });
}

async function paidOrder(): Promise<WrittenOrder & { tradeNo: string }> {
  const order = await newOrder();
  const tradeNo = `trade-${orders}`;
  await writeSuccess(owner, order, { tradeNo, logNo: `log-${orders}` });
  return { ...order, tradeNo };
}

const say = (subjectId: string, word: SaidWord): Promise<void> => writeWord(owner, subjectId, word);
const fail = (order: WrittenOrder, failure: WrittenFailure): Promise<void> => writeFailure(owner, order, failure);
const why = (...args: string[]): Promise<WhyReport> => answerOf<WhyReport>(url, 'why', ...args);
const textOf = async (...args: string[]): Promise<string> => (await run(url, 'why', ...args)).out;
const endingOf = async (...args: string[]): Promise<string> => (await why(...args)).endings.at(-1)?.text ?? '';
const storyOf = async (id: string): Promise<string[]> => (await why(id)).timeline.map(({ who, what }) => `${who}: ${what}`);

test('for people it is one line a thing that happened, by the clock in China, and how it stands', async () => {
  const order = await newOrder();
  await clock('10:01');
  await say(order.attemptId, { call: 'create', outcome: 'payable', code: '000000' });
  await clock('10:02');
  await say(order.attemptId, { call: 'query', outcome: 'open', state: '0', times: 12, lastAt: '2026-11-25T10:09:00Z' });
  await owner.query("UPDATE gateway_attempts SET last_inquired_at = '2026-11-25T10:09:00Z' WHERE id = $1", [order.attemptId]);
  await clock('10:10');
  const out = (await textOf(order.id)).replace(/again at 2026-11-25 18:1\d:\d\d/, 'again at SOON');
  expect(out).toBe(`Payment order ${order.id} of shop, its number sale-${orders}: 100.00 CNY, processing
All times are China time (UTC+8).

2026-11-25 18:00:00  app       asked for a payment of 100.00 CNY, to be paid until 2026-11-25 18:30:00
2026-11-25 18:00:00  us        asked Lakala for a page: attempt 1, number ${order.outOrderNo}, merchant 82229007392000A
2026-11-25 18:01:00  Lakala    gave a page for attempt 1
2026-11-25 18:02:00  Lakala    when asked about attempt 1, says it is not paid yet; said 12 times, last at 2026-11-25 18:09:00

The payment waits for the payer, who can pay until 2026-11-25 18:30:00; Lakala is asked again at SOON, unless it tells us before; Lakala's last word, at 2026-11-25 18:09:00: when asked about attempt 1, says it is not paid yet.
`);
});

test('for machines times are UTC, and a word that was said often has its first and its last', async () => {
  const order = await newOrder();
  await say(order.attemptId, { call: 'query', outcome: 'open', state: '0', times: 3, lastAt: '2026-11-25T10:09:00Z' });
  expect((await why(order.id)).timeline.at(-1)).toEqual({
    at: '2026-11-25T10:00:00.000Z',
    last_at: '2026-11-25T10:09:00.000Z',
    times: 3,
    who: 'Lakala',
    about: order.id,
    what: 'when asked about attempt 1, says it is not paid yet; said 3 times, last at 2026-11-25 18:09:00',
    trace_id: 'trace-1',
  });
});

test('it is found by every number, and what was asked for is told last', async () => {
  const order = await paidOrder();
  const refundId = await writeRefund(owner, order, 3_000);
  await owner.query("UPDATE gateway_attempts SET pay_order_no = 'lakala-1' WHERE id = $1", [order.attemptId]);
  await owner.query('ALTER TABLE refund_orders DISABLE TRIGGER USER');
  await owner.query("UPDATE refund_orders SET merchant_refund_id = 'back-1', status = 'succeeded', gateway_refund_id = 'back-2' WHERE id = $1", [refundId]);
  await owner.query('ALTER TABLE refund_orders ENABLE TRIGGER USER');
  for (const name of [[order.id], [order.outOrderNo], [order.tradeNo], ['lakala-1'], [`sale-${orders}`, '--app', 'shop']]) {
    expect((await why(...name)).endings.map(({ about }) => about)).toEqual([refundId, order.id]);
  }
  for (const name of [[refundId], [refundId.toUpperCase()], [refundId.replaceAll('-', '')], ['back-2'], ['back-1', '--app', 'shop']]) {
    expect((await why(...name)).endings.map(({ about }) => about)).toEqual([order.id, refundId]);
  }
  expect(await run(url, 'why', 'nothing')).toMatchObject({ code: 1, out: '' });
});

describe('the customer says he paid', () => {
  test('and Lakala has a payment under way', async () => {
    const order = await newOrder();
    await say(order.attemptId, { call: 'query', outcome: 'open', state: '1', trades: 'PAY P' });
    expect(await endingOf(order.id)).toContain('says it is being paid (payment under way)');
  });

  test('and a notification lies in the inbox unread', async () => {
    const order = await newOrder();
    await clock('10:03');
    await writeNotification(owner, order.outOrderNo);
    await owner.query('UPDATE notifications SET failures = 2 WHERE out_order_no = $1', [order.outOrderNo]);
    expect(await storyOf(order.id)).toContain('Lakala: sent a notification about attempt 1, which is not applied yet, after 2 tries that failed');
    expect(await endingOf(order.id)).toContain('waits until the notification of 2026-11-25 18:03:00 in the inbox is applied');
  });

  test('after it expired: Lakala is asked to close and has the last word', async () => {
    const order = await newOrder();
    await clock('10:31');
    const ending = await endingOf(order.id);
    expect(ending).toContain("waits for Lakala's signed word on how it ended, however long that takes: it expired at 2026-11-25 18:30:00");
    expect(ending).toContain('Lakala is asked to close its page, and what became of attempt 1, it is due since 2026-11-25 18:00:00');
  });

  test('and paid twice: both trades are told, and that an operator has to act', async () => {
    const order = await paidOrder();
    await owner.query(
      `INSERT INTO trades (trade_no, payment_order_id, attempt_id, log_no, merchant_no, term_no, amount, pay_mode, acc_trade_no, paid_at)
       VALUES ('again', $1, $2, 'L9', 'M', 'T', 10000, 'WECHAT', '4200001234202611250000000001', '2026-11-25T09:59:58Z')`,
      [order.id, order.attemptId],
    );
    await writeAnomaly(owner, 'paid_twice', order.id);
    const story = (await storyOf(order.id)).join('\n');
    expect(story).toContain(`booked 100.00 CNY paid on attempt 1: trade ${order.tradeNo}`);
    expect(story).toContain(
      "booked 100.00 CNY paid by WECHAT on attempt 1: trade again, log L9, paid at 2026-11-25 17:59:58 by Lakala's clock, the channel's number 4200001234202611250000000001",
    );
    expect(story).toContain('us: noticed an anomaly, paid_twice: seen twice');
    expect(await endingOf(order.id)).toMatch(/^ended: 100\.00 CNY were paid .*; an operator has to resolve: paid_twice$/);
  });
});

describe('a page that did not come', () => {
  test('is awaited by the processor that asked', async () => {
    const order = await newOrder();
    await owner.query('ALTER TABLE payment_orders DISABLE TRIGGER USER');
    await owner.query("UPDATE payment_orders SET status = 'pending', leased_until = loomi_now() + interval '50 seconds' WHERE id = $1", [order.id]);
    await owner.query('ALTER TABLE payment_orders ENABLE TRIGGER USER');
    await owner.query("UPDATE gateway_attempts SET state = 'begun' WHERE id = $1", [order.attemptId]);
    expect(await endingOf(order.id)).toBe(
      'waits for a page to pay on, at the longest until it expires at 2026-11-25 18:30:00: 1 page was asked for so far; ' +
        'the answer to attempt 1 is awaited, or given up: a processor is at it now',
    );
  });

  test('because Lakala refused it, is told with its code and its trace', async () => {
    const order = await newOrder();
    await say(order.attemptId, { call: 'create', outcome: 'refused', code: 'BBS11184', message: '商户不存在' });
    await owner.query('ALTER TABLE payment_orders DISABLE TRIGGER USER');
    await fail(order, { code: 'refused', message: 'Lakala: BBS11184 商户不存在', reason: 'Lakala: BBS11184 商户不存在; attempts: refused' });
    await owner.query('ALTER TABLE payment_orders ENABLE TRIGGER USER');
    expect(await storyOf(order.id)).toContain('Lakala: when asked for a page for attempt 1, refused: BBS11184 商户不存在 [trace trace-1]');
    expect(await endingOf(order.id)).toBe(
      'ended: it failed (refused: Lakala: BBS11184 商户不存在), proven by our books: ' +
        'no page of it was ever handed out (Lakala: BBS11184 商户不存在; attempts: refused)',
    );
  });
});

test('a failed order tells its proof, and when Lakala is asked once more', async () => {
  const order = await newOrder();
  await fail(order, { code: 'expired', message: 'not paid before it expired' });
  expect(await endingOf(order.id)).toBe(
    "ended: it failed (expired: not paid before it expired), proven by Lakala's signed answer to our question " +
      'of 2025-03-11 19:56:58 (its signature holds); Lakala is asked once more at 2026-11-25 18:10:00 whether it was paid after all',
  );
});

describe('a refund that has not arrived', () => {
  const sent = async (change: string): Promise<{ refundId: string }> => {
    const refundId = await writeRefund(owner, await paidOrder(), 3_000);
    await owner.query(`UPDATE refund_orders SET status = 'processing', sends = 1, last_sent_at = loomi_now() WHERE id = $1`, [refundId]);
    if (change !== '') await owner.query(`UPDATE refund_orders SET ${change} WHERE id = $1`, [refundId]);
    return { refundId };
  };

  test('is not sent yet', async () => {
    const refundId = await writeRefund(owner, await paidOrder(), 3_000);
    await owner.query("UPDATE refund_orders SET due_at = loomi_now() + interval '4 seconds', failures = 2, last_error = 'no route' WHERE id = $1", [refundId]);
    expect(await endingOf(refundId)).toBe('waits to be sent to Lakala, at its next turn at 2026-11-25 18:00:04, after 2 failures in a row (no route)');
  });

  test('is under way at Lakala', async () => {
    const { refundId } = await sent("gateway_state = 'PROCESSING'");
    await say(refundId, { call: 'refund', outcome: 'in_progress', code: '000000', state: 'PROCESSING' });
    expect(await endingOf(refundId)).toBe(
      "waits for Lakala's signed word, however long that takes, its amount reserved meanwhile; " +
        "Lakala is asked what became of it at 2026-11-25 18:00:02; Lakala's last word, at 2026-11-25 18:00:00: " +
        'when asked for refund 1, says it is under way (PROCESSING)',
    );
  });

  test('is not known to Lakala: what comes next hangs on whether a number may be sent twice', async () => {
    const { refundId } = await sent('unknown_since_send = 1, last_asked_at = loomi_now()');
    expect(await endingOf(refundId)).toContain(
      'it is sent again under the same number, or where LAKALA_RESEND_REFUNDS is off, Lakala is asked what became of it at 2026-11-25 18:00:0',
    );
  });

  test('was refused by Lakala', async () => {
    const { refundId } = await sent('');
    await owner.query('ALTER TABLE refund_orders DISABLE TRIGGER USER');
    await owner.query("UPDATE refund_orders SET status = 'failed', failure_code = 'refused', failure_message = 'Lakala: RFD1 no' WHERE id = $1", [refundId]);
    await owner.query('ALTER TABLE refund_orders ENABLE TRIGGER USER');
    expect(await endingOf(refundId)).toBe(
      'ended: it failed (refused: Lakala: RFD1 no), WITHOUT A PROOF in our books; its amount can be refunded anew',
    );
  });
});

test('what an operator did and resolved is told with the name and the reason', async () => {
  const order = await paidOrder();
  const anomalyId = await writeAnomaly(owner, 'paid_twice', order.id);
  await clock('10:20');
  await answerOf(url, 'stuck', 'retry', order.id, '--operator', 'Li Na');
  await clock('10:30');
  await owner.query("UPDATE anomalies SET resolved_at = loomi_now(), resolution = 'given back, ticket 118' WHERE id = $1", [anomalyId]);
  expect((await storyOf(order.id)).slice(-2)).toEqual([
    `operator: Li Na: stuck.retry ${order.id} (kind payment, failures 0)`,
    'operator: anomaly paid_twice is resolved: given back, ticket 118',
  ]);
  expect(await endingOf(order.id)).not.toContain('operator');
});

test('an end whose events are dropped by age is told by its proof, and answers that are not kept by their number', async () => {
  const order = await paidOrder();
  await owner.query('ALTER TABLE events DISABLE TRIGGER USER');
  await owner.query('DELETE FROM events WHERE subject_id = $1', [order.id]);
  await owner.query('ALTER TABLE events ENABLE TRIGGER USER');
  await say(order.attemptId, { call: 'query', seq: 10, outcome: 'open', state: '0' });
  await clock('10:01');
  await say(order.attemptId, { call: 'query', seq: 15, outcome: 'open', state: '3' });
  const story = await storyOf(order.id);
  expect(story).toContain('us: the order ended succeeded; its events are older than what is kept');
  expect(story.at(-1)).toMatch(/the last try to pay failed \(4 earlier answers are not kept\)$/);
});

test('who paid, secrets and the page are not told, whichever text they hide in', async () => {
  const order = await paidOrder();
  const refundId = await writeRefund(owner, order, 3_000);
  const planted = '持卡人：张三 sky***@163.com 13800138000 2088002264868521 lpk_abcdefgh Bearer abcdefgh oUpF8uMuAJO_M2pxb1Q9zNjWeS6o';
  await owner.query('ALTER TABLE refund_orders DISABLE TRIGGER USER');
  await owner.query('UPDATE refund_orders SET reason = $2, failures = 1, last_error = $2, due_at = loomi_now() + interval \'1 hour\' WHERE id = $1', [refundId, planted]);
  await owner.query('ALTER TABLE refund_orders ENABLE TRIGGER USER');
  await say(order.attemptId, { call: 'create', outcome: 'refused', code: 'X1', message: planted });
  await owner.query(
    "INSERT INTO operator_acts (id, operator, act, target, detail) VALUES ($1, 'tester', 'look', $2, $3)",
    [randomUUID(), order.id, JSON.stringify({ note: 'Bearer abcdefgh', whole: { body: planted } })],
  );
  const shown = (await textOf(order.id)) + JSON.stringify(await why(order.id));
  expect(genuineEvidence().raw.toString()).toContain('2088002264868521');
  expect(shown).toContain('after a failure (');
  expect(shown).not.toMatch(/张三|sky|163\.com|13800138000|2088002264868521|abcdefgh|oUpF8|pay\.example/);
});
