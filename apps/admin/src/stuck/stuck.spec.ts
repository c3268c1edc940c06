import { Client } from 'pg';
import { createTestDatabase, urlForRole, type TestDatabase } from '../../../../test/stack/databases.ts';
import { writeNotification, writeProcessingOrder, writeRefund, writeSuccess, type WrittenOrder } from '../../test/books.ts';
import { answerOf, run } from '../../test/command-line.ts';

interface Stuck {
  kind: string;
  id: string;
  failures: number;
  last_error: string | null;
  age_seconds: number;
}

let database: TestDatabase;
let owner: Client;
let url: string;
let order: WrittenOrder;
let refundId: string;
let notificationId: string;

beforeEach(async () => {
  database = await createTestDatabase();
  url = urlForRole(database.url, 'loomi_admin');
  owner = new Client({ connectionString: database.url });
  await owner.connect();
  await answerOf(url, 'app', 'create', 'shop');
  order = await writeProcessingOrder(owner, { appId: 'shop', merchantOrderId: 'open' });
  const paid = await writeProcessingOrder(owner, { appId: 'shop', merchantOrderId: 'paid' });
  await writeSuccess(owner, paid, { tradeNo: 'T1', logNo: 'L1' });
  refundId = await writeRefund(owner, paid, 100);
  notificationId = await writeNotification(owner, order.outOrderNo);
});

afterEach(async () => {
  await owner.end();
  await database.drop();
});

const list = (...args: string[]): Promise<Stuck[]> => answerOf<Stuck[]>(url, 'stuck', 'list', ...args);

/** Moves the service's one clock. */
async function later(time: string): Promise<void> {
  await owner.query(`CREATE OR REPLACE FUNCTION loomi_now() RETURNS timestamptz LANGUAGE sql STABLE
    AS 'SELECT statement_timestamp() + interval ''${time}'''`);
}

async function fail(table: string, id: string, failures: number): Promise<void> {
  await owner.query(
    `UPDATE ${table} SET failures = $2, last_error = 'no route', due_at = loomi_now() + interval '1 hour' WHERE id = $1`,
    [id, failures],
  );
}

test('what is under way in its time is not stuck', async () => {
  expect(await list()).toEqual([]);
  expect((await run(url, 'stuck', 'list')).out).toBe('none\n');
});

test('what failed is stuck, with its count and last error, whichever kind it is', async () => {
  await fail('payment_orders', order.id, 2);
  await fail('refund_orders', refundId, 3);
  await fail('notifications', notificationId, 4);
  const shown = (await list()).map(({ kind, id, failures, last_error }) => ({ kind, id, failures, last_error }));
  expect(shown).toEqual([
    { kind: 'payment', id: order.id, failures: 2, last_error: 'no route' },
    { kind: 'refund', id: refundId, failures: 3, last_error: 'no route' },
    { kind: 'notification', id: notificationId, failures: 4, last_error: 'no route' },
  ]);
  expect((await list('--min-failures', '3')).map(({ kind }) => kind)).toEqual(['refund', 'notification']);
  expect(await list('--limit', '1')).toHaveLength(1);
});

test('what is open past its time is stuck: orders past their expiry, refunds and messages since they came', async () => {
  await later('31 minutes');
  expect((await list()).map(({ kind }) => kind)).toEqual(['refund', 'notification']);
  await later('61 minutes');
  const stuck = await list();
  expect(stuck.map(({ kind }) => kind)).toEqual(['payment', 'refund', 'notification']);
  expect(stuck[0]?.age_seconds).toBeGreaterThanOrEqual(61 * 60);
  expect(await list('--older-than', '62m')).toEqual([]);
});

test('a message that was applied is stuck no more, however often it failed before', async () => {
  await fail('notifications', notificationId, 4);
  await owner.query('UPDATE notifications SET applied_at = loomi_now() WHERE id = $1', [notificationId]);
  expect(await list()).toEqual([]);
  expect((await run(url, 'stuck', 'retry', notificationId)).code).toBe(1);
});

test('a retry is due now with no failures, and kept with who asked for it', async () => {
  await fail('payment_orders', order.id, 2);
  await fail('refund_orders', refundId, 3);
  await answerOf(url, 'stuck', 'retry', order.id, refundId);
  expect(await list()).toEqual([]);
  const { rows } = await owner.query(
    `SELECT failures, due_at <= loomi_now() AS due FROM payment_orders WHERE id = $1
     UNION ALL SELECT failures, due_at <= loomi_now() FROM refund_orders WHERE id = $2`,
    [order.id, refundId],
  );
  expect(rows).toEqual([
    { failures: 0, due: true },
    { failures: 0, due: true },
  ]);
  const acts = await owner.query("SELECT operator, target, detail FROM operator_acts WHERE act = 'stuck.retry' ORDER BY id");
  expect(acts.rows).toEqual([
    { operator: 'tester', target: order.id, detail: { kind: 'payment', failures: 2 } },
    { operator: 'tester', target: refundId, detail: { kind: 'refund', failures: 3 } },
  ]);
});

test('a retry that names something unknown changes nothing', async () => {
  await fail('payment_orders', order.id, 2);
  const unknown = '01890000-0000-7000-8000-000000000000';
  const { code, err } = await run(url, 'stuck', 'retry', order.id, unknown);
  expect({ code, err }).toEqual({ code: 1, err: `error: no payment order, refund or unread notification has the id ${unknown}\n` });
  expect(await list()).toHaveLength(1);
});

test('--all retries what the list shows with the same options, and nothing else', async () => {
  await fail('payment_orders', order.id, 2);
  await fail('refund_orders', refundId, 9);
  expect(await answerOf(url, 'stuck', 'retry', '--all', '--min-failures', '5')).toEqual({ retried: [{ kind: 'refund', id: refundId }] });
  expect((await list()).map(({ kind }) => kind)).toEqual(['payment']);
});

test('a retry of neither ids nor all, or of both, is a wrong call', async () => {
  expect((await run(url, 'stuck', 'retry')).code).toBe(2);
  expect((await run(url, 'stuck', 'retry', '--all', order.id)).code).toBe(2);
});
