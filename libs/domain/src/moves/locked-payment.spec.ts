import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { SilentLog } from '#platform/logging/log.js';
import { createTestDatabase, urlForRole, type TestDatabase } from '../../../../test/stack/databases.ts';
import { insertion } from '../../test/guarded-books.ts';
import { domainDataSource } from '../entities/domain-data-source.js';
import { lockPayment } from './locked-payment.js';

const DAY_MS = 86_400_000;
const NOW = Date.now();

let database: TestDatabase;
let owner: Client;
let processor: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  owner = new Client({ connectionString: database.url });
  await owner.connect();
  await insert('apps', { app_id: 'shop' });
  const url = urlForRole(database.url, 'loomi_processor');
  processor = await domainDataSource({ url, poolSize: 1, applicationName: 'locks', log: new SilentLog() }).initialize();
});
afterAll(async () => {
  await processor.destroy();
  await owner.end();
  await database.drop();
});

async function insert(table: string, row: Record<string, unknown>): Promise<void> {
  const { sql, values } = insertion(table, row);
  await owner.query(sql, values);
}

/** An order with one attempt, whose id and with it its number tells when it was made. */
async function orderTried(attemptId: string): Promise<{ orderId: string; outOrderNo: string }> {
  const orderId = randomUUID();
  const terms = { order_type: 'payment', amount: 100, subject: 'a book', expires_in: 1800, expires_at: '2030-01-01T00:00:00Z' };
  await insert('payment_orders', { id: orderId, app_id: 'shop', merchant_order_id: orderId, ...terms });
  const outOrderNo = attemptId.replaceAll('-', '');
  await insert('gateway_attempts', {
    id: attemptId, payment_order_id: orderId, out_order_no: outOrderNo, state: 'payable', merchant_no: 'M', term_no: 'T', amount: 100,
  });
  return { orderId, outOrderNo };
}

async function message(outOrderNo: string, atMs: number): Promise<void> {
  await insert('notifications', {
    id: uuidv7({ msecs: atMs }), out_order_no: outOrderNo, raw: Buffer.from('{}'), signed_text_prefix: '', signature: '', certificate: '',
  });
}

const hasUnreadNews = (orderId: string): Promise<boolean> =>
  processor.transaction(async (em) => (await lockPayment(em, orderId)).hasUnreadNews());

test.each([
  ['at once', 0],
  ['weeks later', 30 * DAY_MS],
  ['by an API whose clock is an hour behind', -DAY_MS / 24],
])('a message about an attempt that comes %s is unread until it is applied', async (_, afterMs) => {
  const { orderId, outOrderNo } = await orderTried(uuidv7({ msecs: NOW }));
  expect(await hasUnreadNews(orderId)).toBe(false);
  await message(outOrderNo, NOW + afterMs);
  expect(await hasUnreadNews(orderId)).toBe(true);
  await owner.query('UPDATE notifications SET applied_at = loomi_now() WHERE out_order_no = $1', [outOrderNo]);
  expect(await hasUnreadNews(orderId)).toBe(false);
});

test('of an attempt whose id tells no time, every message is looked at', async () => {
  const { orderId, outOrderNo } = await orderTried(randomUUID());
  await message(outOrderNo, NOW - 60 * DAY_MS);
  expect(await hasUnreadNews(orderId)).toBe(true);
});

test('no message of the days before an attempt is looked at', async () => {
  // As no message can be: so that its not being seen tells that its partition is left alone.
  const { orderId, outOrderNo } = await orderTried(uuidv7({ msecs: NOW }));
  await message(outOrderNo, NOW - 2 * DAY_MS);
  expect(await hasUnreadNews(orderId)).toBe(false);
});
