import { Client } from 'pg';
import { createTestDatabase, urlForRole, type TestDatabase } from '../../../../test/stack/databases.ts';
import { writeAnomaly, writeProcessingOrder, writeSuccess, type WrittenOrder } from '../../test/books.ts';
import { answerOf, run } from '../../test/command-line.ts';
import { csv, strangersText } from './csv.js';
import type { ReportRow } from './day-report.js';
import { yuanOf } from './yuan-of.js';

let database: TestDatabase;
let owner: Client;
let url: string;

beforeAll(async () => {
  database = await createTestDatabase();
  url = urlForRole(database.url, 'loomi_admin');
  owner = new Client({ connectionString: database.url });
  await owner.connect();
  await owner.query("INSERT INTO apps (app_id) VALUES ('shop'), ('kiosk')");
});
afterAll(async () => {
  await owner.end();
  await database.drop();
});

const MERCHANT = '82229007392000A';
const report = (date: string) => answerOf<ReportRow[]>(url, 'report', '--date', date);

/** A paid order whose trade has this time at Lakala; null: Lakala gave none, and it was booked at `booked`. */
async function paid(name: string, at: string | null, { amount = 1_000, appId = 'shop', booked = '2026-03-01T04:00:00Z' } = {}): Promise<WrittenOrder> {
  const order = await writeProcessingOrder(owner, { appId, merchantOrderId: name, amount });
  await writeSuccess(owner, order, { tradeNo: `T-${name}`, logNo: `L-${name}` });
  await owner.query('UPDATE trades SET paid_at = $2, created_at = $3 WHERE trade_no = $1', [`T-${name}`, at, booked]);
  return order;
}

test('a day is one of China, from its first to its last moment, by the time of the trade', async () => {
  await paid('before', '2026-02-28T15:59:59.999Z');
  await paid('first', '2026-02-28T16:00:00Z');
  await paid('last', '2026-03-01T15:59:59.999Z');
  await paid('after', '2026-03-01T16:00:00Z');
  expect(await report('2026-02-28')).toMatchObject([{ china_date: '2026-02-28', payments: '1', paid_fen: '1000' }]);
  expect(await report('2026-03-01')).toMatchObject([{ payments: '2', paid_fen: '2000', paid_yuan: '20.00' }]);
  expect(await report('2026-03-02')).toMatchObject([{ payments: '1' }]);
});

test('a trade that Lakala gave no time counts when it was booked', async () => {
  await paid('undated', null, { booked: '2026-04-01T04:00:00Z' });
  expect(await report('2026-04-01')).toMatchObject([{ payments: '1', paid_fen: '1000' }]);
});

test('apps and merchants have a row each, and a payment beside its order is counted and told apart', async () => {
  await paid('of-shop', '2026-05-01T04:00:00Z', { amount: 100 });
  const kiosk = await paid('of-kiosk', '2026-05-01T04:00:00Z', { amount: 205, appId: 'kiosk' });
  await owner.query(
    `INSERT INTO trades (trade_no, payment_order_id, attempt_id, log_no, merchant_no, term_no, amount, paid_at)
     VALUES ('T-second', $1, $2, 'L-second', 'M-2', 'T', 205, '2026-05-01T05:00:00Z')`,
    [kiosk.id, kiosk.attemptId],
  );
  expect(await report('2026-05-01')).toMatchObject([
    { app_id: 'kiosk', merchant_no: MERCHANT, payments: '1', paid_fen: '205', paid_yuan: '2.05', payments_beside_orders: '0' },
    { app_id: 'kiosk', merchant_no: 'M-2', payments: '1', paid_fen: '205', payments_beside_orders: '1', paid_beside_orders_yuan: '2.05' },
    { app_id: 'shop', merchant_no: MERCHANT, payments: '1', paid_fen: '100', paid_yuan: '1.00' },
  ]);
});

test("a merchant's number that a spreadsheet would take for a formula is none in the report", async () => {
  await paid('formula', '2026-05-02T04:00:00Z');
  await owner.query("UPDATE trades SET merchant_no = '=1+1' WHERE trade_no = 'T-formula'");
  expect(await report('2026-05-02')).toMatchObject([{ merchant_no: "'=1+1" }]);
});

test('anomalies are counted on the day they were found, under the account of their order, or under none', async () => {
  const order = await paid('odd', '2026-06-01T04:00:00Z');
  const found = [await writeAnomaly(owner, 'wrong_amount', order.id), await writeAnomaly(owner, 'unknown_order', null)];
  await owner.query('ALTER TABLE anomalies DISABLE TRIGGER guard_anomaly');
  await owner.query("UPDATE anomalies SET created_at = '2026-06-02T04:00:00Z', app_id = CASE WHEN payment_order_id IS NOT NULL THEN 'shop' END WHERE id = ANY($1)", [found]);
  await owner.query('ALTER TABLE anomalies ENABLE TRIGGER guard_anomaly');
  await owner.query("UPDATE anomalies SET resolved_at = loomi_now(), resolution = 'x' WHERE id = $1", [found[0]]);
  expect(await report('2026-06-02')).toMatchObject([
    { app_id: 'shop', merchant_no: MERCHANT, payments: '0', paid_yuan: '0.00', anomalies_found: '1', anomalies_unresolved: '0' },
    { app_id: '', merchant_no: '', payments: '0', anomalies_found: '1', anomalies_unresolved: '1' },
  ]);
});

test('it is CSV with a header that names the units, also of a day on which nothing happened', async () => {
  const { code, out, err } = await run(url, 'report', '--date', '2025-01-01');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^china_date,app_id,merchant_no,payments,paid_fen,paid_yuan,[a-z_,]+,anomalies_unresolved\r\n$/);
  await paid('one', '2025-01-02T04:00:00Z');
  expect((await run(url, 'report', '--date', '2025-01-02')).out.split('\r\n')[1]).toBe(
    `2025-01-02,shop,${MERCHANT},1,1000,10.00,0,0,0.00,0,0,0.00,0,0,0.00,0,0`,
  );
});

test.each(['2026-02-30', '20260228', 'yesterday', '2026-2-8'])('%s is no day', async (date) => {
  expect(await run(url, 'report', '--date', date)).toMatchObject({ code: 2, out: '' });
});

test('cells are quoted where RFC 4180 wants it, and text of others is no formula', () => {
  expect(csv(['a', 'b'], [{ a: 'x,"y"', b: 'two\nlines' }])).toBe('a,b\r\n"x,""y""","two\nlines"\r\n');
  expect(['=1+1', '@x', '-2', '+3', 'M1'].map(strangersText)).toEqual(["'=1+1", "'@x", "'-2", "'+3", 'M1']);
});

test.each([['0', '0.00'], ['5', '0.05'], ['-1205', '-12.05'], ['123456789012345678901', '1234567890123456789.01']])('%s fen are %s yuan', (fen, yuan) => {
  expect(yuanOf(fen)).toBe(yuan);
});
