import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '../../../../test/stack/databases.ts';
import { FORBIDDEN, GuardedBooks, NOT_GRANTED, type Role } from '../../test/guarded-books.ts';

const SERVICES: Role[] = ['loomi_api', 'loomi_processor', 'loomi_admin'];

const BOOKS = [
  'payment_orders',
  'refund_orders',
  'gateway_attempts',
  'gateway_words',
  'trades',
  'outcomes',
  'anomalies',
  'decisions',
  'events',
  'notifications',
  'notification_keys',
  'operator_acts',
  'settlement_files',
  'settlement_lines',
  'apps',
];

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

async function keptEvent(entry = { entry_ms: 10, entry_seq: 5 } as object): Promise<string> {
  const id = randomUUID();
  const row = { id, kind: 'payment', subject_id: randomUUID(), seq: 1, app_id: 'shop', fields: '{}', ...entry };
  await books.insert('loomi_processor', 'events', row);
  return id;
}

async function keptProof(): Promise<string> {
  const id = await books.payment();
  await books.gatewayProof({ subject_id: id, subject: 'payment', status: 'failed', amount: 100, source: 'query' });
  return id;
}

test('a payment and its refund go their whole way under the roles of the services', async () => {
  const processor = (sql: string, id: string) => books.as('loomi_processor', sql, [id]);
  const payment = await books.payment();
  const attempt = await books.attempt(payment, 'begun');
  await processor("UPDATE gateway_attempts SET state = 'payable', pay_order_no = 'P1' WHERE id = $1", attempt);
  await processor("UPDATE payment_orders SET status = 'processing', payment_url = 'https://x' WHERE id = $1", payment);
  const paid = { subject_id: payment, subject: 'payment', status: 'succeeded', amount: 100 };
  await books.gatewayProof({ ...paid, attempt_id: attempt, source: 'notification' });
  await books.trade(payment, attempt, 'T1');
  await processor("UPDATE payment_orders SET status = 'succeeded', gateway_transaction_id = 'T1' WHERE id = $1", payment);
  await keptEvent();

  await books.as('loomi_api', "UPDATE trades SET refund_reserved = refund_reserved + 40 WHERE trade_no = 'T1'");
  const refund = randomUUID();
  const terms = { app_id: 'shop', payment_order_id: payment, origin_trade_no: 'T1', amount: 40 };
  await books.insert('loomi_api', 'refund_orders', { id: refund, out_trade_no: refund.replaceAll('-', ''), ...terms });
  await processor("UPDATE refund_orders SET status = 'processing', sends = 1 WHERE id = $1", refund);
  const refunded = { subject_id: refund, subject: 'refund', status: 'succeeded', amount: 40 };
  await books.gatewayProof({ ...refunded, source: 'refund' });
  await processor("UPDATE refund_orders SET status = 'succeeded', gateway_refund_id = 'R1' WHERE id = $1", refund);
  await processor('UPDATE payment_orders SET refunded_amount = 40 WHERE id = $1', payment);

  const ends = await books.as(
    'owner',
    `SELECT p.status AS payment, r.status AS refund, refunded_amount
     FROM payment_orders p JOIN refund_orders r ON r.payment_order_id = p.id WHERE p.id = $1`,
    [payment],
  );
  expect(ends).toEqual([{ payment: 'succeeded', refund: 'succeeded', refunded_amount: '40' }]);
});

test('the API can ask for a close, and neither it nor an operator can end an order', async () => {
  const id = await books.payment();
  await books.as('loomi_api', 'UPDATE payment_orders SET close_requested_at = loomi_now(), due_at = loomi_now() WHERE id = $1', [id]);
  for (const column of ['status', 'gateway_transaction_id', 'failure_code', 'refunded_amount', 'payment_url', 'event_seq']) {
    const sql = `UPDATE payment_orders SET ${column} = DEFAULT WHERE id = $1`;
    for (const role of ['loomi_api', 'loomi_admin'] as const) {
      expect((await books.refusalAs(role, sql, [id])).code).toBe(NOT_GRANTED);
    }
  }
});

test.each(SERVICES)('%s deletes from no book', async (role) => {
  for (const table of BOOKS) {
    expect((await books.refusalAs(role, `DELETE FROM ${table}`)).code).toBe(NOT_GRANTED);
    expect((await books.refusalAs(role, `TRUNCATE ${table} CASCADE`)).code).toBe(NOT_GRANTED);
  }
});

test('a proof is neither changed nor deleted, by no role and not by the owner', async () => {
  const id = await keptProof();
  const statements = ["UPDATE outcomes SET status = 'succeeded' WHERE subject_id = $1", 'DELETE FROM outcomes WHERE subject_id = $1'];
  for (const sql of statements) {
    for (const role of SERVICES) expect((await books.refusalAs(role, sql, [id])).code).toBe(NOT_GRANTED);
    expect(await books.refusalAs('owner', sql, [id])).toEqual({
      code: FORBIDDEN,
      message: `outcome ${id} is the proof and stays as it is`,
    });
  }
});

test.each([
  ['that has its number', undefined],
  ['that has none yet', {}],
])('an event %s is neither changed nor deleted, not even in its partition', async (_, entry) => {
  const id = await keptEvent(entry);
  for (const table of ['events', 'events_rest']) {
    for (const sql of [`UPDATE ${table} SET fields = '{"status":"failed"}' WHERE id = $1`, `DELETE FROM ${table} WHERE id = $1`]) {
      for (const role of SERVICES) expect((await books.refusalAs(role, sql, [id])).code).toBe(NOT_GRANTED);
      expect(await books.refusalAs('owner', sql, [id])).toEqual({ code: FORBIDDEN, message: `event ${id} happened` });
    }
  }
});

test("an event's entry id rises and never falls or vanishes", async () => {
  const id = await keptEvent();
  const number = 'UPDATE events SET entry_ms = $2, entry_seq = $3 WHERE id = $1';
  await books.as('loomi_processor', number, [id, 10, 6]);
  const falls = { code: FORBIDDEN, message: `the entry id of event ${id} only rises` };
  for (const [ms, seq] of [[10, 5], [9, 99], [null, null]]) {
    expect(await books.refusalAs('loomi_processor', number, [id, ms, seq])).toEqual(falls);
  }
});

test('no more than the trade can be reserved for refunds', async () => {
  const payment = await books.payment();
  await books.trade(payment, await books.attempt(payment), 'T1');
  await books.as('loomi_api', "UPDATE trades SET refund_reserved = 100 WHERE trade_no = 'T1'");
  const { message } = await books.refusalAs('loomi_api', "UPDATE trades SET refund_reserved = 101 WHERE trade_no = 'T1'");
  expect(message).toContain('trades_reserved_range');
});

test('nobody but the processor keeps the partitions, and nobody but API and operator reads key hashes', async () => {
  for (const role of ['loomi_api', 'loomi_admin'] as const) {
    expect((await books.refusalAs(role, "SELECT add_partition('events', '2031-01-01')")).code).toBe(NOT_GRANTED);
    expect((await books.refusalAs(role, "SELECT drop_partitions('events', loomi_now())")).code).toBe(NOT_GRANTED);
  }
  await books.as('loomi_processor', "SELECT add_partition('events', '2031-01-01'), drop_partitions('notifications', loomi_now())");
  expect((await books.refusalAs('loomi_processor', 'SELECT key_hash FROM api_keys')).code).toBe(NOT_GRANTED);
});

test('nobody but the processor gives events their entry ids', async () => {
  for (const role of ['loomi_api', 'loomi_admin'] as const) {
    expect((await books.refusalAs(role, 'SELECT number_events(1, 0, 0)')).code).toBe(NOT_GRANTED);
  }
  await books.as('loomi_processor', 'SELECT number_events(1, 0, 0)');
});

test('an operator changes apps, keys and what is due, and writes no order, trade, proof or event', async () => {
  await books.as('loomi_admin', 'UPDATE payment_orders SET due_at = loomi_now(), failures = 0');
  for (const table of ['payment_orders', 'refund_orders', 'gateway_attempts', 'gateway_words', 'trades', 'outcomes', 'events', 'notifications']) {
    expect((await books.refusalAs('loomi_admin', `INSERT INTO ${table} DEFAULT VALUES`)).code).toBe(NOT_GRANTED);
  }
});
