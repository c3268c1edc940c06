import { X509Certificate } from 'node:crypto';
import { Client } from 'pg';
import { createTestDatabase, urlForRole, type TestDatabase } from '../../../../test/stack/databases.ts';
import { genuineEvidence, writeAnomaly, writeProcessingOrder, writeRefund, writeSuccess, type WrittenOrder } from '../../test/books.ts';
import { answerOf, run } from '../../test/command-line.ts';
import type { OrderReport } from './order-report.js';

let database: TestDatabase;
let owner: Client;
let url: string;
let order: WrittenOrder;
let refundId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  url = urlForRole(database.url, 'loomi_admin');
  owner = new Client({ connectionString: database.url });
  await owner.connect();
  await answerOf(url, 'app', 'create', 'shop');
  order = await writeProcessingOrder(owner, { appId: 'shop', merchantOrderId: 'sale-1', amount: 10_005 });
  await writeSuccess(owner, order, { tradeNo: '2025031166200819100678', logNo: '66200819100678' });
  refundId = await writeRefund(owner, order, 7);
  await owner.query("UPDATE refund_orders SET log_no = '67200819100678' WHERE id = $1", [refundId]);
  await writeAnomaly(owner, 'paid_twice', order.id);
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

const show = (...args: string[]): Promise<OrderReport> => answerOf<OrderReport>(url, 'order', 'show', ...args);

test('an order is found by its id and by every number that belongs to it', async () => {
  const names = [
    [order.id],
    [order.id.toUpperCase()],
    ['sale-1', '--app', 'shop'],
    [order.outOrderNo],
    ['2025031166200819100678'],
    ['66200819100678'],
    ['67200819100678'],
    [refundId],
    [refundId.replaceAll('-', '')],
  ];
  for (const name of names) expect((await show(...name)).order.id).toBe(order.id);
});

test('what is unknown is refused in one line; another app has no part in it', async () => {
  expect(await run(url, 'order', 'show', 'sale-1')).toEqual({
    code: 1,
    out: '',
    err: 'error: nothing is known under sale-1; a merchant_order_id needs --app\n',
  });
  expect(await run(url, 'order', 'show', 'sale-1', '--app', 'other')).toMatchObject({ code: 1, out: '' });
});

test('a number of two orders is refused with the ids to choose from', async () => {
  const [one, two] = [
    await writeProcessingOrder(owner, { appId: 'shop', merchantOrderId: 'twin-1' }),
    await writeProcessingOrder(owner, { appId: 'shop', merchantOrderId: 'twin-2' }),
  ];
  await writeSuccess(owner, one, { tradeNo: 'twin-trade-1', logNo: 'twin-log' });
  await writeSuccess(owner, two, { tradeNo: 'twin-trade-2', logNo: 'twin-log' });
  const { code, err } = await run(url, 'order', 'show', 'twin-log');
  expect(code).toBe(1);
  expect(err).toContain(one.id);
  expect(err).toContain(two.id);
});

test('the report holds the order with everything that happened to it, amounts in fen and as yuan', async () => {
  const report = await show(order.id);
  expect(report).toMatchObject({
    order: { status: 'succeeded', amount: 10_005, amount_yuan: '100.05', refunded_amount: 0, refunded_amount_yuan: '0.00' },
    attempts: [{ out_order_no: order.outOrderNo, state: 'payable' }],
    trades: [{ trade_no: '2025031166200819100678', amount_yuan: '100.05' }],
    refunds: [{ id: refundId, status: 'pending', amount_yuan: '0.07' }],
    events: [{ kind: 'payment', seq: 1, status: 'succeeded', entry_id: null }],
    anomalies: [{ kind: 'paid_twice' }],
  });
});

test('the proof is shown by its source, its time, its certificate, and whether its signature still holds', async () => {
  const { proofs } = await show(order.id);
  expect(proofs).toHaveLength(1);
  expect(proofs[0]).toMatchObject({
    status: 'succeeded',
    proof: 'gateway',
    source: 'notification',
    signed_at: '2025-03-11T11:56:58.000Z',
    signature: 'valid',
    certificate_sha256: new X509Certificate(genuineEvidence().certificate).fingerprint256,
  });
});

test('a proof whose bytes are not what was signed says so', async () => {
  const other = await writeProcessingOrder(owner, { appId: 'shop', merchantOrderId: 'doubtful' });
  const { raw, prefix, signature, certificate } = genuineEvidence();
  await owner.query(
    `INSERT INTO outcomes (subject_id, subject, status, amount, proof, attempt_id, source, raw, signed_text_prefix, signature, certificate)
     VALUES ($1, 'payment', 'succeeded', 10000, 'gateway', $2, 'notification', $3, $4, $5, $6)`,
    [other.id, other.attemptId, Buffer.concat([raw, Buffer.from(' ')]), prefix, signature, certificate],
  );
  expect((await show(other.id)).proofs[0]).toMatchObject({ signature: 'INVALID' });
});

test('who paid, and the page to pay on, are never shown', async () => {
  const shown = JSON.stringify(await show(order.id)) + (await run(url, 'order', 'show', order.id)).out;
  expect(genuineEvidence().raw.toString()).toContain('2088002264868521');
  expect(shown).not.toMatch(/sky\*\*\*|2088002264868521|pay\.example/);
});

test('for people there is a section for each kind of thing', async () => {
  const { out } = await run(url, 'order', 'show', order.id);
  for (const title of ['PAYMENT ORDER', 'ATTEMPTS', 'TRADES', 'REFUNDS', 'EVENTS', 'PROOFS', 'ANOMALIES']) {
    expect(out).toContain(`${title}\n`);
  }
  expect(out).toMatch(/amount_yuan +100\.05\n/);
});
