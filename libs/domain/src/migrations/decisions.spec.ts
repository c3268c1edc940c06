import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '../../../../test/stack/databases.ts';
import { FORBIDDEN, GuardedBooks, insertion, NOT_GRANTED } from '../../test/guarded-books.ts';

let database: TestDatabase;
let books: GuardedBooks;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

beforeEach(async () => {
  books = new GuardedBooks(database.url);
  await books.open();
});
afterEach(() => books.close());

interface Late {
  order: string;
  tradeNo: string;
  anomaly: string;
}

const MESSAGE = { source: 'query', raw: Buffer.from('{}'), signed_text_prefix: '1\nn\n', signature: 's', certificate: 'c' };

/** An order of 100 fen that failed and was paid after that, with the anomaly; `flaw` changes the anomaly. */
async function latePayment(flaw: Record<string, unknown> = {}): Promise<Late> {
  const order = await books.payment();
  const attempt = await books.attempt(order);
  await books.gatewayProof({ subject_id: order, subject: 'payment', status: 'failed', amount: 100, attempt_id: attempt, source: 'query' });
  const move = "UPDATE payment_orders SET status = $2, failure_code = $3, failure_message = $3 WHERE id = $1";
  await books.as('loomi_processor', move, [order, 'processing', null]);
  await books.as('loomi_processor', move, [order, 'failed', 'closed']);
  const tradeNo = `late ${order}`;
  await books.trade(order, attempt, tradeNo);
  const anomaly = randomUUID();
  const found = { kind: 'paid_late', dedupe_key: `paid_late:${tradeNo}`, app_id: 'shop', payment_order_id: order, detail: 'late' };
  await books.insert('loomi_processor', 'anomalies', { id: anomaly, ...found, ...MESSAGE, ...flaw });
  return { order, tradeNo, anomaly };
}

const chooses = (choice: string) => books.as('loomi_admin', 'UPDATE apps SET late_payment = $1', [choice]);

async function byChoice(anomaly: string, decision: string): Promise<void> {
  const over = { carried_out_at: '2030-01-01T00:00:00Z', result: 'begun at once' };
  await books.insert('loomi_processor', 'decisions', { id: randomUUID(), anomaly_id: anomaly, decision, ...over });
}

async function byOperator(anomaly: string, decision: string, act: Record<string, unknown> = {}): Promise<string> {
  const [id, actId] = [randomUUID(), randomUUID()];
  const detail = JSON.stringify({ as: decision, reason: 'x' });
  await books.insert('loomi_admin', 'operator_acts', { id: actId, operator: 'x', act: 'anomaly.resolve', target: anomaly, detail, ...act });
  const gatewayRefundId = decision === 'refund_succeeded' ? 'R1' : null;
  await books.insert('loomi_admin', 'decisions', { id, anomaly_id: anomaly, decision, operator_act_id: actId, gateway_refund_id: gatewayRefundId });
  return id;
}

const ACCEPT = "UPDATE payment_orders SET status = 'succeeded', gateway_transaction_id = $2, failure_code = NULL, failure_message = NULL WHERE id = $1";
const notMoving = (order: string) => ({ code: FORBIDDEN, message: `payment order ${order} does not move from failed to succeeded` });

describe('a failed order succeeds', () => {
  test("by the app's choice, and the proof of its failure stays", async () => {
    const { order, tradeNo, anomaly } = await latePayment();
    await chooses('accept');
    await byChoice(anomaly, 'accept');
    await books.as('loomi_processor', ACCEPT, [order, tradeNo]);
    expect(await books.as('owner', 'SELECT status FROM outcomes WHERE subject_id = $1', [order])).toEqual([{ status: 'failed' }]);
  });

  test("by an operator's act, whatever the app chose", async () => {
    const { order, tradeNo, anomaly } = await latePayment();
    await byOperator(anomaly, 'accept');
    await books.as('loomi_processor', ACCEPT, [order, tradeNo]);
  });
});

describe('a failed order does not succeed', () => {
  test('without a record of who chose so', async () => {
    const { order, tradeNo } = await latePayment();
    await chooses('accept');
    for (const role of ['loomi_processor', 'owner'] as const) {
      expect(await books.refusalAs(role, ACCEPT, [order, tradeNo])).toEqual(notMoving(order));
    }
  });

  test('by a decision to refund', async () => {
    const { order, tradeNo, anomaly } = await latePayment();
    await byOperator(anomaly, 'refund');
    expect(await books.refusalAs('loomi_processor', ACCEPT, [order, tradeNo])).toEqual(notMoving(order));
  });

  test('by a decision about another order, or with the trade of another', async () => {
    const [one, other] = [await latePayment(), await latePayment()];
    await byOperator(one.anomaly, 'accept');
    expect(await books.refusalAs('loomi_processor', ACCEPT, [other.order, other.tradeNo])).toEqual(notMoving(other.order));
    expect(await books.refusalAs('loomi_processor', ACCEPT, [one.order, other.tradeNo])).toEqual(notMoving(one.order));
  });

  test.each(['raw', 'signed_text_prefix', 'signature', 'certificate', 'source'])("without the %s of Lakala's word", async (part) => {
    const { order, tradeNo, anomaly } = await latePayment({ [part]: null });
    await byOperator(anomaly, 'accept');
    expect(await books.refusalAs('loomi_processor', ACCEPT, [order, tradeNo])).toEqual(notMoving(order));
  });

  test('once its payment is being given back', async () => {
    const { order, tradeNo, anomaly } = await latePayment();
    await byOperator(anomaly, 'accept');
    await books.as('loomi_processor', 'UPDATE trades SET refund_reserved = 1 WHERE trade_no = $1', [tradeNo]);
    expect(await books.refusalAs('loomi_processor', ACCEPT, [order, tradeNo])).toEqual(notMoving(order));
  });

  test('with the reason of its failure left on it', async () => {
    const { order, tradeNo, anomaly } = await latePayment();
    await byOperator(anomaly, 'accept');
    const sql = ACCEPT.replace(', failure_message = NULL', '');
    expect(await books.refusalAs('loomi_processor', sql, [order, tradeNo])).toEqual(notMoving(order));
  });
});

describe('a decision is made', () => {
  const undecided = { code: FORBIDDEN, message: expect.stringContaining('nobody decided') as string };
  const decision = (anomaly: string, more: object) => insertion('decisions', { id: randomUUID(), anomaly_id: anomaly, decision: 'accept', ...more });

  test.each(['hold', 'refund'])("by no app's choice to %s, when it is to accept", async (choice) => {
    const { anomaly } = await latePayment();
    await chooses(choice);
    const { sql, values } = decision(anomaly, {});
    expect(await books.refusalAs('loomi_processor', sql, values)).toEqual(undecided);
  });

  test('by no operator who decided something else, or about something else, or nothing', async () => {
    const { anomaly } = await latePayment();
    for (const flaw of [{ detail: '{"as":"refund"}' }, { target: randomUUID() }, { act: 'app.set' }]) {
      await expect(byOperator(anomaly, 'accept', flaw)).rejects.toThrow('nobody decided');
    }
  });

  test('by no processor in the name of an operator', async () => {
    const act = { id: randomUUID(), operator: 'x', act: 'anomaly.resolve', target: 'x' };
    const { sql, values } = insertion('operator_acts', act);
    expect((await books.refusalAs('loomi_processor', sql, values)).code).toBe(NOT_GRANTED);
  });

  test('once: it is not changed, repeated while it is open, or forgotten', async () => {
    const { anomaly } = await latePayment();
    const id = await byOperator(anomaly, 'accept');
    expect((await books.refusalAs('loomi_processor', "UPDATE decisions SET decision = 'refund' WHERE id = $1", [id])).code).toBe(NOT_GRANTED);
    expect((await books.refusalAs('owner', "UPDATE decisions SET decision = 'refund' WHERE id = $1", [id])).code).toBe(FORBIDDEN);
    expect((await books.refusalAs('owner', 'DELETE FROM decisions WHERE id = $1', [id])).code).toBe(FORBIDDEN);
    await expect(byOperator(anomaly, 'refund')).rejects.toThrow('decisions_one_open');
    await books.as('loomi_processor', "UPDATE decisions SET carried_out_at = loomi_now(), result = 'done' WHERE id = $1", [id]);
    const again = "UPDATE decisions SET result = 'not done' WHERE id = $1";
    expect((await books.refusalAs('loomi_processor', again, [id])).code).toBe(FORBIDDEN);
  });
});

describe('an anomaly', () => {
  test('keeps its evidence, and its first resolution', async () => {
    const { anomaly } = await latePayment();
    for (const change of ["raw = 'other'", "signature = 'x'", "kind = 'paid_twice'", "detail = 'x'"]) {
      expect((await books.refusalAs('owner', `UPDATE anomalies SET ${change} WHERE id = $1`, [anomaly])).code).toBe(FORBIDDEN);
    }
    const resolve = 'UPDATE anomalies SET resolved_at = loomi_now(), resolution = $2 WHERE id = $1';
    await books.as('loomi_admin', resolve, [anomaly, 'handled']);
    expect((await books.refusalAs('loomi_admin', resolve, [anomaly, 'otherwise'])).code).toBe(FORBIDDEN);
    expect((await books.refusalAs('owner', 'DELETE FROM anomalies WHERE id = $1', [anomaly])).code).toBe(FORBIDDEN);
  });
});

describe('a refund that no app asked for', () => {
  const terms = ({ order, tradeNo, anomaly }: Late, more: object = {}) => {
    const id = randomUUID();
    const row = { id, app_id: 'shop', payment_order_id: order, origin_trade_no: tradeNo, out_trade_no: id.replaceAll('-', ''), amount: 100 };
    return insertion('refund_orders', { ...row, anomaly_id: anomaly, ...more });
  };
  const reserve = ({ tradeNo }: Late) => books.as('loomi_processor', 'UPDATE trades SET refund_reserved = 100 WHERE trade_no = $1', [tradeNo]);

  test('is made by a decision, once, and no event tells of it', async () => {
    const late = await latePayment();
    await byOperator(late.anomaly, 'refund');
    await reserve(late);
    const { sql, values } = terms(late);
    await books.as('loomi_processor', sql, values);
    const again = terms(late);
    expect((await books.refusalAs('loomi_processor', again.sql, again.values)).code).toBe(FORBIDDEN);
    const event = { id: randomUUID(), kind: 'refund', subject_id: values[0], seq: 1, app_id: 'shop', fields: '{}' };
    const told = insertion('events', event);
    expect((await books.refusalAs('loomi_processor', told.sql, told.values)).message).toContain('none hears of it');
  });

  test.each([
    ['a decision', async () => undefined, {}],
    ['the decision to refund', async ({ anomaly }: Late) => void (await byOperator(anomaly, 'accept')), {}],
    ['its whole amount', async ({ anomaly }: Late) => void (await byOperator(anomaly, 'refund')), { amount: 99 }],
  ])('is not made without %s', async (_, decide, flaw) => {
    const late = await latePayment();
    await decide(late);
    await reserve(late);
    const { sql, values } = terms(late, flaw);
    expect(await books.refusalAs('loomi_processor', sql, values)).toEqual({ code: FORBIDDEN, message: expect.stringContaining('nothing is reserved') as string });
  });

  test('is not made without what it reserves', async () => {
    const late = await latePayment();
    await byOperator(late.anomaly, 'refund');
    const { sql, values } = terms(late);
    expect((await books.refusalAs('loomi_processor', sql, values)).code).toBe(FORBIDDEN);
  });
});

describe("a refund ends by an operator's word", () => {
  async function unclearRefund(): Promise<{ refund: string; anomaly: string }> {
    const refund = await books.refund();
    await books.as('loomi_processor', "UPDATE refund_orders SET status = 'processing', sends = 1 WHERE id = $1", [refund]);
    const anomaly = randomUUID();
    const found = { kind: 'refund_unclear', dedupe_key: `refund_unclear:${refund}`, refund_order_id: refund, detail: 'unclear' };
    await books.insert('loomi_processor', 'anomalies', { id: anomaly, ...found });
    return { refund, anomaly };
  }
  const prove = (refund: string, status: string, decision: string) =>
    books.insert('loomi_processor', 'outcomes', { subject_id: refund, subject: 'refund', status, amount: 40, proof: 'operator', decision_id: decision, reason: 'x' });
  const FAIL = "UPDATE refund_orders SET status = 'failed', failure_code = 'refused' WHERE id = $1";
  const succeed = (number: string) => `UPDATE refund_orders SET status = 'succeeded', gateway_refund_id = '${number}' WHERE id = $1`;

  test('that it failed, or that it succeeded under this number', async () => {
    const [one, other] = [await unclearRefund(), await unclearRefund()];
    await prove(one.refund, 'failed', await byOperator(one.anomaly, 'refund_failed'));
    await books.as('loomi_processor', FAIL, [one.refund]);
    await prove(other.refund, 'succeeded', await byOperator(other.anomaly, 'refund_succeeded'));
    expect((await books.refusalAs('loomi_processor', succeed('R2'), [other.refund])).message).toContain('has no proof');
    await books.as('loomi_processor', succeed('R1'), [other.refund]);
  });

  test('about this very refund, and not to the contrary', async () => {
    const [one, other] = [await unclearRefund(), await unclearRefund()];
    const decision = await byOperator(other.anomaly, 'refund_failed');
    await prove(one.refund, 'failed', decision);
    expect((await books.refusalAs('loomi_processor', FAIL, [one.refund])).message).toContain('has no proof');
    await prove(other.refund, 'succeeded', decision);
    expect((await books.refusalAs('loomi_processor', succeed('R1'), [other.refund])).message).toContain('has no proof');
  });
});
