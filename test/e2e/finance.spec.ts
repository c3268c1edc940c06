import { issueKey, runAdmin } from '../stack/admin.ts';
import { urlForRole } from '../stack/databases.ts';
import { until } from '../stack/until.ts';
import { AppClient } from './app-client.ts';
import type { LedgerOrder } from './lakala-sandbox.ts';
import { press } from './press.ts';
import { World } from './world.ts';

/** As the ledger has it, with the times. */
interface DatedOrder extends LedgerOrder {
  merchant_no: string;
  paid_trades: { trade_no: string; log_no: string; amount: number; at: string }[];
  refunds: { out_trade_no: string; trade_no: string; amount: number; state: string; at: string }[];
}

const OTHER_MERCHANT = '822290059430BFA';
let world: World;

beforeAll(async () => {
  world = await World.start({ env: { LAKALA_TIMEOUT_SECONDS: '2' } });
}, 120_000);
afterAll(() => world.stop(), 60_000);

const admin = (...args: string[]) => runAdmin(urlForRole(world.stack.databaseUrl, 'loomi_admin'), ...args);

const dateInChina = (at: string): string => new Date(Date.parse(at) + 8 * 3_600_000).toISOString().slice(0, 10);

interface Totals {
  payments: number;
  paid: number;
  refunds: number;
  refunded: number;
}

/** What the ledger says was paid and given back, by day in China and merchant. */
function totalsAtLakala(ledger: readonly DatedOrder[]): Map<string, Totals> {
  const totals = new Map<string, Totals>();
  const of = (at: string, merchantNo: string): Totals => {
    const key = `${dateInChina(at)} ${merchantNo}`;
    const sums = totals.get(key) ?? { payments: 0, paid: 0, refunds: 0, refunded: 0 };
    totals.set(key, sums);
    return sums;
  };
  for (const { merchant_no: merchantNo, paid_trades: trades, refunds } of ledger) {
    for (const { at, amount } of trades) {
      of(at, merchantNo).payments += 1;
      of(at, merchantNo).paid += amount;
    }
    for (const { at, amount } of refunds.filter(({ state }) => state === 'SUCCESS')) {
      of(at, merchantNo).refunds += 1;
      of(at, merchantNo).refunded += amount;
    }
  }
  return totals;
}

/** The lines of a CSV without a quoted cell, by the names in its header. */
function cells(text: string): Record<string, string>[] {
  const [header = '', ...lines] = text.split('\r\n').filter((line) => line !== '');
  const names = header.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, column): [string, string] => [names[column] ?? '', cell])));
}

/** What the reports of these days say, in the same form. */
async function totalsReported(dates: Iterable<string>): Promise<Map<string, Totals>> {
  const totals = new Map<string, Totals>();
  for (const date of dates) {
    for (const row of cells(await admin('report', '--date', date))) {
      const [payments, paid, refunds, refunded] = [row['payments'], row['paid_fen'], row['refunds'], row['refunded_fen']].map(Number);
      totals.set(`${row['china_date']} ${row['merchant_no']}`, { payments, paid, refunds, refunded } as Totals);
    }
  }
  return totals;
}

/** A shop whose payments go to a merchant of its own. */
async function otherApp(): Promise<AppClient> {
  const url = urlForRole(world.stack.databaseUrl, 'loomi_admin');
  await admin('app', 'create', 'books', '--merchant-no', OTHER_MERCHANT, '--term-no', 'T0000001');
  return new AppClient(world.stack.baseUrl, 'books', await issueKey(url, 'books'));
}

test('the reports of the days have what the ledger of Lakala has: parts, second and late payments, and no failed refund', async () => {
  const shop = world.app;
  const first = await world.paidOrder(12_345);
  const { body: part } = await shop.createRefund(first.id, { amount: 2_345 });
  await world.refund(part.id, 'succeeded');
  await world.lakala.setFaults({ refund: { stateFail: { rate: 1, times: 1 } } });
  const { body: failing } = await shop.createRefund(first.id, { amount: 1_000 });
  await world.refund(failing.id, 'failed');
  const second = await world.paidOrder(7);
  await world.lakala.act((await world.onlyPage(second)).out_order_no, 'pay', { again: true });
  const closed = await world.openOrder({ amount: 900 });
  await shop.close(closed.merchant_order_id);
  await world.ended(closed, 'failed');
  await world.lakala.act((await world.onlyPage(closed)).out_order_no, 'pay', { late: true });
  await until('the second and the late payment to be in the books', 20_000, async () => (await world.count('anomalies')) === 2);
  const other = await otherApp();
  await other.create('B-1', { amount: 555 });
  await until('the page', 20_000, async () => (await other.payment('B-1')).status === 'processing');
  await press((await other.payment('B-1')).extra_data.payment_url ?? '', 'pay');
  await until('the payment', 20_000, async () => (await other.payment('B-1')).status === 'succeeded');

  const expected = totalsAtLakala((await world.lakala.ledger()) as DatedOrder[]);
  expect([...expected.values()].reduce((sum, { paid }) => sum + paid, 0)).toBe(12_345 + 7 + 7 + 900 + 555);
  expect([...expected.values()].reduce((sum, { refunded }) => sum + refunded, 0)).toBe(2_345);
  const dates = new Set([...expected.keys()].map((key) => key.split(' ')[0] ?? ''));
  expect(await totalsReported(dates)).toEqual(expected);
  const given = (await world.lakala.ledger()).flatMap(({ refunds }) => refunds as DatedOrder['refunds']).find(({ state }) => state === 'SUCCESS');
  const dated = "refund_orders WHERE out_trade_no = $1 AND refunded_at = date_trunc('second', $2::timestamptz) AND log_no LIKE '67%'";
  expect(await world.count(dated, [given?.out_trade_no, given?.at])).toBe(1);
}, 90_000);

test('the settlement files of these days agree with the books; what Lakala gave back by itself is extra', async () => {
  const order = await world.paidOrder(2_000);
  const { body: part } = await world.app.createRefund(order.id, { amount: 500 });
  await world.refund(part.id, 'succeeded');
  const ledger = (await world.lakala.ledger()) as DatedOrder[];
  const dates = [...new Set([...totalsAtLakala(ledger).keys()].map((key) => key.split(' ')[0] ?? ''))].sort();
  for (const date of dates) {
    const done = await reconcile(await world.lakala.settle(date, { amounts_in: 'yuan' }));
    expect(done).toMatchObject({ china_date: date, differences: 0, carried_over: 0, agreeing: done.lines, known_file: false });
    const rows = cells(await admin('report', '--date', date));
    for (const row of rows) expect(Number(row['fees_known'])).toBe(Number(row['payments']) + Number(row['refunds']));
  }
  await world.lakala.act((await world.onlyPage(order)).out_order_no, 'refund', { amount: 300 });
  const found = [];
  for (const date of dates) found.push(...(await reconcile(await world.lakala.settle(date, { amounts_in: 'yuan' }), '--replace')).shown);
  expect(found).toMatchObject([{ what: 'extra', appId: 'shop', paymentOrderId: order.id }]);
  expect(await world.anomaliesOf(order)).toEqual(['settlement_extra']);
}, 60_000);

interface Reconciled {
  china_date: string;
  lines: number;
  agreeing: number;
  shown: { what: string }[];
}

/** Both clocks are one here, so nothing is carried over midnight. */
async function reconcile(path: string, ...more: string[]): Promise<Reconciled> {
  const args = ['reconcile', path, '--amounts-in', 'yuan', '--margin', '0s', '--json', ...more];
  const answer = await admin(...args).catch((error: unknown) => {
    const [, json] = /\(exit code 1\):\n(\{.*\})\n$/s.exec(String(error)) ?? [];
    if (json === undefined) throw error;
    return json;
  });
  return JSON.parse(answer) as Reconciled;
}

test('who paid is kept where the documents say, inside what Lakala signed, and nowhere else', async () => {
  await world.paidOrder();
  const { rows: tables } = await world.books.query<{ name: string }>(
    "SELECT c.oid::regclass::text AS name FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace",
  );
  const payers = ['2088000000000000', '622202******0000'];
  const found = { asText: new Set<string>(), asBytes: new Set<string>() };
  for (const { name } of tables) {
    const { rows } = await world.books.query<{ text: boolean; bytes: boolean }>(
      `SELECT bool_or(t::text LIKE '%' || payer || '%') AS text, bool_or(t::text LIKE '%' || encode(payer::bytea, 'hex') || '%') AS bytes
       FROM ${name} t, unnest($1::text[]) payer`,
      [payers],
    );
    if (rows[0]?.text) found.asText.add(name);
    if (rows[0]?.bytes) found.asBytes.add(name.replace(/_(\d{8}|rest)$/, ''));
  }
  expect([...found.asText]).toEqual([]);
  expect([...found.asBytes].sort()).toEqual(['anomalies', 'notifications', 'outcomes']);
}, 60_000);
