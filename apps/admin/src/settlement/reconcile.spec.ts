import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { createTestDatabase, urlForRole, type TestDatabase } from '../../../../test/stack/databases.ts';
import { scratchFolder } from '../../../../test/stack/scratch.ts';
import { writeAnomaly, writeProcessingOrder, writeSuccess, type WrittenOrder } from '../../test/books.ts';
import { run } from '../../test/command-line.ts';
import type { Reconciliation } from './comparison.js';

const MERCHANT = '82229007392000A';
const HEADER = '商户编号|交易日期|交易时间|交易类型|拉卡拉流水号|原拉卡拉流水号|交易金额(分)|手续费(分)|结算金额(分)|商户订单号|支付订单号';
const folder = scratchFolder().subfolder('settlements');

let database: TestDatabase;
let owner: Client;
let url: string;

beforeEach(async () => {
  database = await createTestDatabase();
  url = urlForRole(database.url, 'loomi_admin');
  owner = new Client({ connectionString: database.url });
  await owner.connect();
  await owner.query("INSERT INTO apps (app_id) VALUES ('shop')");
});
afterEach(async () => {
  await owner.end();
  await database.drop();
});

/** A paid order of 1 000 fen whose trade is `L-name`, at this time in China. */
async function paid(name: string, at: string): Promise<WrittenOrder> {
  const order = await writeProcessingOrder(owner, { appId: 'shop', merchantOrderId: name, amount: 1_000 });
  await writeSuccess(owner, order, { tradeNo: `T-${name}`, logNo: `L-${name}` });
  await owner.query('UPDATE trades SET paid_at = $2 WHERE trade_no = $1', [`T-${name}`, `${at}+08:00`]);
  return order;
}

function line(name: string, at: string, { type = '消费', amount = '1000', fee = '4', settled = '996', order = '', merchant = MERCHANT, origin = '' } = {}): string {
  const [date = '', time = ''] = at.split(' ');
  return [merchant, date, time, type, `L-${name}`, origin, amount, fee, settled, order, ''].join('|');
}

function file(name: string, ...lines: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, [HEADER, ...lines, ''].join('\n'));
  return path;
}

async function reconcile(path: string, ...more: string[]): Promise<Reconciliation & { code: number }> {
  const { code, out, err } = await run(url, 'reconcile', path, '--amounts-in', 'fen', '--json', ...more);
  if (out === '') throw new Error(`exit code ${code}: ${err}`);
  return { ...(JSON.parse(out) as Reconciliation), code };
}

const found = ({ shown }: Reconciliation): string[] => shown.map(({ what, logNo }) => `${what} ${logNo}`);

async function anomalies(): Promise<string[]> {
  const { rows } = await owner.query<{ it: string }>(
    "SELECT kind || ' ' || dedupe_key || CASE WHEN resolved_at IS NULL THEN '' ELSE ' resolved' END AS it FROM anomalies ORDER BY dedupe_key",
  );
  return rows.map(({ it }) => it);
}

async function books(): Promise<unknown> {
  const counts = ['settlement_files', 'settlement_lines', 'anomalies', 'operator_acts'].map((table) => `(SELECT count(*) FROM ${table}) AS ${table}`);
  return (await owner.query(`SELECT ${counts.join(', ')}`)).rows[0];
}

test('where both agree the exit code is 0, and the report knows the fees', async () => {
  await paid('a', '2026-03-01 12:00:00');
  const { id, attemptId } = await paid('b', '2026-03-01 13:00:00');
  expect(id).not.toBe(attemptId);
  const done = await reconcile(file('JY_20260301.txt', line('a', '2026-03-01 12:00:00'), line('b', '20260301 130000', { order: attemptId.replaceAll('-', '') })));
  expect(done).toMatchObject({ code: 0, lines: 2, agreeing: 2, differences: 0, carried_over: 0, known_file: false });
  expect((await run(url, 'report', '--date', '2026-03-01')).out).toContain(',2,8,0.08,0,0\r\n');
});

test('each kind of difference is found, named, recorded once, and nothing else is', async () => {
  for (const name of ['agreed', 'amount', 'merchant', 'kind', 'fee', 'twice', 'number', 'missing']) await paid(name, '2026-03-01 12:00:00');
  const open = await writeProcessingOrder(owner, { appId: 'shop', merchantOrderId: 'open', amount: 1_000 });
  const at = '2026-03-01 12:00:00';
  const path = file(
    'JY_20260301.txt',
    line('agreed', at),
    line('amount', at, { amount: '1001', settled: '997' }),
    line('merchant', at, { merchant: 'OTHER' }),
    line('kind', at, { type: '退货' }),
    line('fee', at, { settled: '990' }),
    line('twice', at),
    line('twice', at),
    line('number', at, { order: 'somebody-elses' }),
    line('strange', at),
    line('unbooked', at, { order: open.outOrderNo }),
  );
  const done = await reconcile(path);
  expect(found(done)).toEqual([
    'amount L-amount', 'merchant L-merchant', 'kind L-kind', 'fee L-fee', 'duplicate L-twice', 'order_no L-number', 'extra L-strange',
    'state L-unbooked', 'missing L-missing',
  ]);
  expect(done).toMatchObject({ code: 1, agreeing: 2, differences: 9, anomalies_recorded: 9 });
  expect(done.shown[0]?.detail).toBe('JY_20260301.txt, line 3: Lakala has 10.01 yuan, our books 10.00');
  expect(done.shown.find(({ what }) => what === 'state')).toMatchObject({ appId: 'shop', paymentOrderId: open.id });
  expect(await anomalies()).toHaveLength(9);

  const { out } = await run(url, 'reconcile', path, '--amounts-in', 'fen');
  expect(out).toMatch(/^amount +L-amount +shop +\S+ +line 3: Lakala has 10\.01 yuan, our books 10\.00$/m);
  expect(out).toMatch(/ line 11: our payment is processing and has no such trade as Lakala's, a 消费 of 10\.00 yuan$/m);

  const before = await books();
  const again = await reconcile(path);
  expect(again).toMatchObject({ code: 1, known_file: true, anomalies_recorded: 0 });
  expect(found(again)).toEqual(found(done));
  expect(await books()).toEqual(before);
});

test('a refund is found by the log number of its proof, else by our own number, and one of the back office is extra', async () => {
  const order = await paid('a', '2026-03-01 10:00:00');
  const ids = ['01a00000-0000-7000-8000-000000000001', '01a00000-0000-7000-8000-000000000002', '01a00000-0000-7000-8000-000000000003'];
  await owner.query('ALTER TABLE refund_orders DISABLE TRIGGER USER');
  for (const [index, id] of ids.entries()) {
    await owner.query(
      `INSERT INTO refund_orders (id, app_id, payment_order_id, origin_trade_no, out_trade_no, amount, status, gateway_refund_id, log_no, refunded_at)
       VALUES ($1::uuid, 'shop', $2, 'T-a', replace($1::text, '-', ''), 100, $3, CASE WHEN $3 = 'succeeded' THEN 'R' END, $4, '2026-03-01T12:00:00+08:00')`,
      [id, order.id, index === 2 ? 'processing' : 'succeeded', index === 0 ? 'L-r' : null],
    );
  }
  const refund = { type: '退货', amount: '-100', fee: '', settled: '-100', origin: 'L-a' };
  const [, second = '', third = ''] = ids.map((id) => id.replaceAll('-', ''));
  const at = '2026-03-01 12:00:00';
  const path = file('JY_20260301.txt', line('a', '2026-03-01 10:00:00'), line('r', at, refund), line('x', at, { ...refund, order: second }), line('y', at, { ...refund, order: third }), line('z', at, refund));
  const done = await reconcile(path);
  expect(found(done)).toEqual(['state L-y', 'extra L-z']);
  expect(done.shown[1]).toMatchObject({ appId: 'shop', paymentOrderId: order.id });
});

describe('around midnight', () => {
  const FIRST = ['--date', '2026-03-01'];
  const SECOND = ['--date', '2026-03-02'];

  test('a payment may come in the file of the next day, or of the day before', async () => {
    await paid('late', '2026-03-01 23:59:30');
    await paid('early', '2026-03-02 00:00:30');
    await paid('noon', '2026-03-01 12:00:00');
    const first = file('first', line('noon', '2026-03-01 12:00:00'), line('early', '2026-03-01 23:59:59'));
    const one = await reconcile(first, ...FIRST);
    expect(one).toMatchObject({ code: 0, differences: 0, carried_over: 1, shown_carried: [{ log_no: 'L-late' }] });
    const two = await reconcile(file('second', line('late', '2026-03-02 00:00:01')), ...SECOND);
    expect(two).toMatchObject({ code: 0, differences: 0, carried_over: 0 });
    expect(await reconcile(first, ...FIRST)).toMatchObject({ code: 0, differences: 0, carried_over: 0 });
  });

  test('what the next day does not bring is missing or extra then', async () => {
    await paid('late', '2026-03-01 23:59:30');
    await paid('noon', '2026-03-02 12:00:00');
    const one = await reconcile(file('first', line('noon-1', '2026-03-01 12:00:00'), line('strange', '2026-03-01 23:59:59')), ...FIRST);
    expect(found(one)).toEqual(['extra L-noon-1']);
    expect(one.shown_carried.map(({ log_no }) => log_no)).toEqual(['L-strange', 'L-late']);
    const two = await reconcile(file('second', line('noon', '2026-03-02 12:00:00')), ...SECOND);
    expect(found(two)).toEqual(['extra L-strange', 'missing L-late']);
  });

  test('the files in the wrong order find the same', async () => {
    await paid('late', '2026-03-01 23:59:30');
    await paid('gone', '2026-03-01 23:59:40');
    await paid('early', '2026-03-02 00:00:30');
    await paid('noon', '2026-03-02 12:00:00');
    const two = await reconcile(file('second', line('late', '2026-03-02 00:00:01'), line('noon', '2026-03-02 12:00:00')), ...SECOND);
    expect(two).toMatchObject({ code: 0, carried_over: 1, shown_carried: [{ log_no: 'L-early' }] });
    const one = await reconcile(file('first', line('early', '2026-03-01 23:59:59')), ...FIRST);
    expect(found(one)).toEqual(['missing L-gone']);
  });

  test('a payment that comes days later is not missing any more', async () => {
    await paid('slow', '2026-03-01 12:00:00');
    await paid('noon', '2026-03-02 12:00:00');
    expect(found(await reconcile(file('first'), ...FIRST))).toEqual(['missing L-slow']);
    const two = await reconcile(file('second', line('noon', '2026-03-02 12:00:00'), line('slow', '2026-03-01 12:00:00')), ...SECOND);
    expect(two).toMatchObject({ code: 0, differences: 0 });
    expect(await anomalies()).toEqual(['settlement_missing settlement:missing:L-slow resolved']);
  });
});

test('what was extra and is booked after that is resolved when the next file is reconciled', async () => {
  await paid('noon', '2026-03-02 12:00:00');
  expect(found(await reconcile(file('JY_20260301.txt', line('slow', '2026-03-01 12:00:00'))))).toEqual(['extra L-slow']);
  await paid('slow', '2026-03-01 12:00:00');
  expect(await reconcile(file('JY_20260302.txt', line('noon', '2026-03-02 12:00:00')))).toMatchObject({ code: 0, differences: 0 });
  expect(await anomalies()).toEqual(['settlement_extra settlement:extra:L-slow resolved']);
});

test('a line that was in the file of another day is a duplicate', async () => {
  await paid('a', '2026-03-01 12:00:00');
  await paid('b', '2026-03-02 12:00:00');
  await reconcile(file('JY_20260301.txt', line('a', '2026-03-01 12:00:00')));
  const two = await reconcile(file('JY_20260302.txt', line('b', '2026-03-02 12:00:00'), line('a', '2026-03-01 12:00:00')));
  expect(found(two)).toEqual(['duplicate L-a']);
});

test('of two merchants with a file each, neither misses what is in the file of the other', async () => {
  await paid('a', '2026-03-01 12:00:00');
  await paid('b', '2026-03-01 12:00:00');
  await owner.query("UPDATE trades SET merchant_no = 'M2' WHERE log_no = 'L-b'");
  const one = await reconcile(file('M1_20260301.txt', line('a', '2026-03-01 12:00:00')), '--merchant-no', MERCHANT);
  expect(one).toMatchObject({ code: 0, differences: 0, carried_over: 0 });
  expect(found(await reconcile(file('M2_20260301.txt'), '--merchant-no', 'M2'))).toEqual(['missing L-b']);
});

test('another file of the day takes the place of the first only where that is said', async () => {
  await paid('a', '2026-03-01 12:00:00');
  await reconcile(file('JY_20260301.txt'));
  const path = file('JY_20260301.txt', line('a', '2026-03-01 12:00:00'));
  const refused = await run(url, 'reconcile', path, '--amounts-in', 'fen');
  expect(refused).toMatchObject({ code: 1, out: '' });
  expect(refused.err).toMatch('another file of 2026-03-01 was reconciled');
  expect(await reconcile(path, '--replace')).toMatchObject({ code: 0, differences: 0 });
  expect(await anomalies()).toEqual(['settlement_missing settlement:missing:L-a resolved']);
});

test.each([
  ['a line cut short', (good: string) => [good, good.slice(0, -20)], /, line 3: .* cells/],
  ['an amount in words', (good: string) => [good.replace('|1000|', '|ten|')], /, line 2: 交易金额/],
  ['an empty line among others', (good: string) => [good, '', good], /, line 3: is empty/],
  ['no line of its day', (good: string) => [good.replace('2026-03-01', '2026-02-01')], /no line of it is of 2026-03-01/],
  ['a line without end', (good: string) => [good + ' '.repeat(10_000)], /, line 2: is longer/],
])('a file with %s is refused as a whole with exit code 2', async (_, linesOf, complaint) => {
  await paid('a', '2026-03-01 12:00:00');
  const { code, out, err } = await run(url, 'reconcile', file('JY_20260301.txt', ...linesOf(line('a', '2026-03-01 12:00:00'))), '--amounts-in', 'fen');
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(complaint);
  expect(await books()).toMatchObject({ settlement_files: '0', settlement_lines: '0', anomalies: '0' });
});

test('a file that is not there, is empty, or is no text is refused so, too', async () => {
  const reading = (path: string) => run(url, 'reconcile', path, '--amounts-in', 'fen', '--date', '2026-03-01');
  expect(await reading(join(folder, 'nowhere'))).toMatchObject({ code: 2, err: expect.stringContaining('cannot be read (ENOENT)') as string });
  const path = join(folder, 'raw');
  writeFileSync(path, '');
  expect(await reading(path)).toMatchObject({ code: 2, err: expect.stringContaining('line 1: there is no header') as string });
  writeFileSync(path, Buffer.concat([Buffer.from(`${HEADER}\n`), Buffer.from([0xc9, 0xcc, 0xbb])]));
  expect(await reading(path)).toMatchObject({ code: 2, err: expect.stringContaining('is not utf-8 text') as string });
});

test('a file read in the wrong unit is refused, before each of its lines is an anomaly', async () => {
  const names = ['a', 'b', 'c'];
  for (const name of names) await paid(name, '2026-03-01 12:00:00');
  const path = file('JY_20260301.txt', ...names.map((name) => line(name, '2026-03-01 12:00:00')));
  const { code, err } = await run(url, 'reconcile', path, '--amounts-in', 'yuan');
  expect({ code, err }).toEqual({ code: 2, err: `error: ${path}: every amount is a hundred times ours, so its amounts are not in yuan\n` });
});

test('the unit has to be given, and a day where the name has none', async () => {
  expect(await run(url, 'reconcile', file('JY_20260301.txt'))).toMatchObject({ code: 2, err: expect.stringContaining('--amounts-in') as string });
  expect(await run(url, 'reconcile', file('today.txt'), '--amounts-in', 'fen')).toMatchObject({ code: 2, err: expect.stringContaining('--date') as string });
});

test('GB 18030 is read where that is said', async () => {
  await paid('a', '2026-03-01 12:00:00');
  const path = join(folder, 'JY_20260301.gbk');
  const header = 'c9cc bba7 b1e0 bac5|bdbb d2d7 c8d5 c6da|bdbb d2d7 cab1 bce4|bdbb d2d7 c0e0 d0cd|c0ad bfa8 c0ad c1f7 cbae bac5|bdbb d2d7 bdf0 b6ee';
  const text = header.split('|').map((name) => Buffer.from(name.replaceAll(' ', ''), 'hex').toString('latin1')).join('|');
  const type = Buffer.from('cffbb7d1', 'hex').toString('latin1');
  writeFileSync(path, `${text}\n${MERCHANT}|20260301|120000|${type}|L-a|1000\n`, 'latin1');
  expect(await reconcile(path, '--encoding', 'gb18030')).toMatchObject({ code: 0, lines: 1, agreeing: 1 });
});

test('an operator records no anomaly on which money is moved', async () => {
  const client = new Client({ connectionString: url });
  await client.connect();
  const insert = (kind: string) =>
    client.query("INSERT INTO anomalies (id, kind, dedupe_key, detail) VALUES (gen_random_uuid(), $1, $1, 'x')", [kind]);
  await expect(insert('paid_twice')).rejects.toThrow('an operator records no anomaly of the kind paid_twice');
  await expect(client.query("UPDATE settlement_lines SET amount = 1")).rejects.toThrow('permission denied');
  await insert('settlement_extra');
  await client.end();
  await writeAnomaly(owner, 'paid_twice', null);
});
