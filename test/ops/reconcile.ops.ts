import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import type { Reconciliation } from '../../apps/admin/src/settlement/comparison.js';
import { DIFFERENCES } from '../../apps/admin/src/settlement/line-differences.js';
import { StatementCounter } from '../bench/statement-counter.ts';
import { createTestDatabase, urlForRole, type TestDatabase } from '../stack/databases.ts';
import { ROOT } from '../stack/project.ts';
import { scratchFolder } from '../stack/scratch.ts';
import { linesOfBooks, writeDay, writeSettlement, type SettledLine } from './settled-day.ts';

const PAYMENTS = 98_000;
const REFUNDS = 2_000;
/** Of each kind of difference. */
const PLANTED = 3;
/** The whole command within so much heap: the lines alone would take more. */
const HEAP_MB = 48;

const folder = scratchFolder().subfolder('settlements');
let database: TestDatabase;
let owner: pg.Client;
let counter: StatementCounter;

beforeAll(async () => {
  database = await createTestDatabase();
  owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  await writeDay(owner, { payments: PAYMENTS, refunds: REFUNDS, open: PLANTED });
  counter = await StatementCounter.before(urlForRole(database.url, 'loomi_admin'));
}, 300_000);
afterAll(async () => {
  await counter.close();
  await owner.end();
  await database.drop();
});

async function reconcile(date: string, path: string): Promise<Reconciliation & { code: number | null }> {
  const args = [`--max-old-space-size=${HEAP_MB}`, join(ROOT, 'dist/apps/admin/src/main.js'), 'reconcile', path, '--amounts-in', 'fen', '--date', date, '--json'];
  const child = spawn(process.execPath, args, { env: { ...process.env, DATABASE_URL: counter.url }, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const code = await closed;
  if (out === '') throw new Error(`exit code ${code}: ${err}`);
  return { ...(JSON.parse(out) as Reconciliation), code };
}

const payment = (n: number): string => `66${String(n).padStart(12, '0')}`;
const refund = (n: number): string => `67${String(n).padStart(12, '0')}`;

/** What is wrong with which line: three of each kind, spread over the file, some of them refunds. */
function plants(): Map<string, (typeof DIFFERENCES)[number]> {
  const planted = new Map<string, (typeof DIFFERENCES)[number]>();
  DIFFERENCES.forEach((what, kind) => {
    planted.set(payment(5_000 + 997 * kind), what);
    planted.set(payment(70_000 + 1_999 * kind), what);
    planted.set(refund(100 + 31 * kind), what);
  });
  return planted;
}

/** The line as Lakala has it where this is planted on it: a line, none, or two. */
function spoiled(line: SettledLine, what: string | undefined, openOrders: string[]): SettledLine[] {
  switch (what) {
    case undefined:
      return [line];
    case 'missing':
      return [];
    case 'extra':
      return [line, { ...line, logNo: `99${line.logNo.slice(2)}`, orderNo: '' }];
    case 'duplicate':
      return [line, line];
    case 'kind':
      return [{ ...line, type: line.type === '消费' ? '消费撤销' : '消费', amount: Math.abs(line.amount), settled: Math.abs(line.settled) }];
    case 'merchant':
      return [{ ...line, merchantNo: line.merchantNo === 'M1' ? 'M2' : 'M1' }];
    case 'amount':
      return [{ ...line, amount: line.amount + 1, settled: line.settled + 1 }];
    case 'fee':
      return [{ ...line, settled: line.settled - 1 }];
    case 'order_no':
      return [{ ...line, orderNo: 'f'.repeat(32) }];
    case 'state':
      return [line, { ...line, type: '消费', amount: 1, fee: 0, settled: 1, logNo: `99${line.logNo.slice(2)}`, orderNo: openOrders.pop() ?? '' }];
    default:
      throw new Error(`nobody planted ${what}`);
  }
}

const isEarly = ({ time }: SettledLine): boolean => time < '20260301000030';
const isLate = ({ time }: SettledLine): boolean => time >= '20260301235930';

/** The three files: what was paid about a midnight is in that of the day beside. */
async function writeFiles(): Promise<{ paths: string[]; late: number; early: number }> {
  const { rows } = await owner.query<{ no: string }>("SELECT out_order_no AS no FROM gateway_attempts a JOIN payment_orders p ON p.id = a.payment_order_id WHERE p.status = 'processing'");
  const open = rows.map(({ no }) => no);
  const planted = plants();
  const aside = { early: [] as SettledLine[], late: [] as SettledLine[] };
  async function* ofDay(): AsyncGenerator<SettledLine> {
    for await (const line of linesOfBooks(owner)) {
      if (isEarly(line)) aside.early.push({ ...line, time: '20260228235959' });
      else if (isLate(line)) aside.late.push({ ...line, time: '20260302000001' });
      else yield* spoiled(line, planted.get(line.logNo), open);
    }
  }
  const paths = ['before', 'day', 'after'].map((name) => join(folder, name));
  const [before = '', day = '', after = ''] = paths;
  await writeSettlement(day, ofDay());
  await writeSettlement(before, aside.early);
  await writeSettlement(after, aside.late);
  return { paths, late: aside.late.length, early: aside.early.length };
}

test('of 100 000 lines, in little memory and few statements, all that is planted is found and nothing else', async () => {
  const { paths: [before = '', day = '', after = ''], late, early } = await writeFiles();
  expect(Math.min(late, early)).toBeGreaterThan(10);
  expect(await reconcile('2026-02-28', before)).toMatchObject({ code: 0, lines: early, differences: 0, carried_over: 0 });

  const expected = [...plants()].map(([logNo, what]) => `${what} ${what === 'extra' || what === 'state' ? `99${logNo.slice(2)}` : logNo}`).sort();
  counter.count = 0;
  const startedAt = performance.now();
  const found = await reconcile('2026-03-01', day);
  const seconds = (performance.now() - startedAt) / 1_000;
  expect(found.shown.map(({ what, logNo }) => `${what} ${logNo}`).sort()).toEqual(expected);
  expect(new Set(found.shown.map(({ what }) => what)).size).toBe(9);
  expect(found).toMatchObject({ code: 1, differences: expected.length, anomalies_recorded: expected.length, carried_over: late });
  expect(found.lines).toBeGreaterThan(99_900);
  expect(counter.count).toBeLessThan(130);
  console.log(`${found.lines} lines in ${seconds.toFixed(1)} s and ${counter.count} statements`);

  expect(await reconcile('2026-03-02', after)).toMatchObject({ code: 0, lines: late, differences: 0, carried_over: 0 });
  const again = await reconcile('2026-03-01', day);
  expect(again).toMatchObject({ code: 1, known_file: true, anomalies_recorded: 0, carried_over: 0 });
  expect(again.shown).toEqual(found.shown);
  const { rows } = await owner.query("SELECT 1 FROM anomalies");
  expect(rows).toHaveLength(expected.length);
}, 300_000);

test('a file of 100 000 lines that is broken on its last one leaves nothing behind', async () => {
  const path = join(folder, 'broken');
  async function* broken(): AsyncGenerator<SettledLine> {
    for await (const line of linesOfBooks(owner)) yield { ...line, time: line.time.replace('20260301', '20260401'), orderNo: line.logNo === refund(REFUNDS) ? '|' : '' };
  }
  await writeSettlement(path, broken());
  const before = await owner.query('SELECT count(*) FROM settlement_lines');
  await expect(reconcile('2026-04-01', path)).rejects.toThrow(`exit code 2: error: ${path}, line ${PAYMENTS + REFUNDS + 1}: the line has 21 cells`);
  expect((await owner.query('SELECT count(*) FROM settlement_lines')).rows).toEqual(before.rows);
}, 120_000);
