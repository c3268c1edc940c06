import { Client } from 'pg';
import { RESOLUTIONS, RESOLUTIONS_OF, type Resolution } from '#domain/orders/anomaly-resolutions.js';
import { ANOMALY_KINDS } from '#domain/orders/anomaly-kinds.js';
import type { AnomalyKind } from '#domain/orders/gateway-answer.js';
import { createTestDatabase, urlForRole, type TestDatabase } from '../../../../test/stack/databases.ts';
import {
  writeAnomaly,
  writeExtraTrade,
  writeLatePayment,
  writeProcessingOrder,
  writeRefund,
  writeSuccess,
  writeUnclearRefund,
} from '../../test/books.ts';
import { answerOf, run } from '../../test/command-line.ts';
import type { AnomalyReport } from './anomaly-report.js';
import type { Resolving } from './resolving.js';

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

/** An anomaly of the kind with everything it speaks of, and the refund where it speaks of one. */
async function anomalyOf(kind: AnomalyKind): Promise<{ id: string; refundId: string | null }> {
  orders += 1;
  const order = await writeProcessingOrder(owner, { appId: 'shop', merchantOrderId: `order-${orders}` });
  if (kind === 'paid_late') return { id: await writeLatePayment(owner, order, `late-${orders}`), refundId: null };
  await writeSuccess(owner, order, { tradeNo: `first-${orders}`, logNo: `log-${orders}` });
  if (kind === 'paid_twice') return { id: await writeExtraTrade(owner, order, { kind, tradeNo: `second-${orders}` }), refundId: null };
  if (kind !== 'refund_unclear') return { id: await writeAnomaly(owner, kind, order.id), refundId: null };
  const refundId = await writeRefund(owner, order, 400);
  return { id: await writeUnclearRefund(owner, refundId), refundId };
}

const resolve = (id: string, as: string, ...more: string[]) => ['anomaly', 'resolve', id, '--as', as, '--reason', 'ticket 118', ...more];
const withNumber = (as: Resolution): string[] => (as === 'refund_succeeded' ? ['--refund-trade-no', '2025R1'] : []);

async function booksOf(id: string): Promise<unknown> {
  const { rows } = await owner.query<object>(
    `SELECT (SELECT count(*) FROM operator_acts) AS acts, (SELECT count(*) FROM decisions) AS decisions, a.resolved_at, r.due_at
     FROM anomalies a LEFT JOIN refund_orders r ON r.id = a.refund_order_id WHERE a.id = $1`,
    [id],
  );
  return rows[0];
}

const cases = ANOMALY_KINDS.flatMap((kind) => RESOLUTIONS.map((as): [AnomalyKind, Resolution] => [kind, as]));

test.each(cases.filter(([kind, as]) => !RESOLUTIONS_OF[kind].includes(as)))('%s is never resolved as %s', async (kind, as) => {
  const { id } = await anomalyOf(kind);
  const { code, err } = await run(url, ...resolve(id, as, ...withNumber(as), '--apply'));
  expect(code).toBe(1);
  expect(err).toMatch(`an anomaly of the kind ${kind} is resolved as`);
});

const possible = cases.filter(([kind, as]) => RESOLUTIONS_OF[kind].includes(as) && !(kind === 'refund_unclear' && as === 'handled'));

test.each(possible)('%s resolved as %s says first what it would do, and keeps who did it and why', async (kind, as) => {
  const { id, refundId } = await anomalyOf(kind);
  const before = await booksOf(id);
  const dry = await answerOf<Resolving>(url, ...resolve(id, as, ...withNumber(as)));
  expect(dry).toMatchObject({ applied: false, decision_id: null });
  expect(await booksOf(id)).toEqual(before);

  const done = await answerOf<Resolving>(url, ...resolve(id, as, ...withNumber(as), '--apply'));
  expect(done).toMatchObject({ applied: true, effect: dry.effect });
  const { rows: acts } = await owner.query('SELECT operator, detail FROM operator_acts WHERE act = $1 AND target = $2', ['anomaly.resolve', id]);
  expect(acts).toMatchObject([{ operator: 'tester', detail: { as, reason: 'ticket 118', kind } }]);

  const report = await answerOf<AnomalyReport>(url, 'anomaly', 'show', id);
  if (as === 'handled') {
    expect(report.anomaly).toMatchObject({ resolution: 'handled outside: ticket 118 (tester)', may_be_resolved_as: [] });
    return;
  }
  expect(report.anomaly.resolved_at).toBeNull();
  if (as === 'ask') expect(report.refund).toMatchObject({ id: refundId, due_at: expect.any(String) as string });
  else expect(report.decisions).toMatchObject([{ id: done.decision_id, decision: as, operator: 'tester', reason: 'ticket 118' }]);
});

test('a decision that is not carried out yet, or an anomaly that is resolved, takes no other', async () => {
  const { id: decided } = await anomalyOf('paid_late');
  await answerOf(url, ...resolve(decided, 'accept', '--apply'));
  expect((await run(url, ...resolve(decided, 'refund', '--apply'))).err).toMatch('it was decided already, as accept');
  const { id: resolved } = await anomalyOf('paid_twice');
  await answerOf(url, ...resolve(resolved, 'handled', '--apply'));
  expect((await run(url, ...resolve(resolved, 'refund', '--apply'))).err).toMatch('the anomaly is resolved: handled outside');
});

test('two operators who decide at once make one decision', async () => {
  const { id } = await anomalyOf('paid_late');
  const runs = await Promise.all(['accept', 'refund'].map((as) => run(url, ...resolve(id, as, '--apply'))));
  expect(runs.map(({ code }) => code).sort()).toEqual([0, 1]);
  expect((await owner.query('SELECT 1 FROM decisions WHERE anomaly_id = $1', [id])).rowCount).toBe(1);
});

test('an unclear refund that has not ended is not merely handled', async () => {
  const { id, refundId } = await anomalyOf('refund_unclear');
  expect((await run(url, ...resolve(id, 'handled'))).err).toBe(`error: refund ${refundId} is processing: it has to end first\n`);
});

test.each([
  ['no reason', ['--as', 'handled']],
  ['an empty reason', ['--as', 'handled', '--reason', ' ']],
  ['no decision', ['--reason', 'ticket 118']],
  ['a success without its number', ['--as', 'refund_succeeded', '--reason', 'x']],
  ['a number without a success', ['--as', 'handled', '--reason', 'x', '--refund-trade-no', '1']],
])('%s is a wrong call', async (_, args) => {
  const { id } = await anomalyOf('paid_twice');
  expect(await run(url, 'anomaly', 'resolve', id, ...args)).toMatchObject({ code: 2, out: '' });
});

test('the evidence is shown with its signature, and without its payer', async () => {
  const { id } = await anomalyOf('paid_late');
  const report = await answerOf<AnomalyReport>(url, 'anomaly', 'show', id);
  expect(report.evidence).toMatchObject({ source: 'notification', signature: 'valid', message: expect.objectContaining({ out_order_no: expect.any(String) as string }) as object });
  expect(report).toMatchObject({ order: { status: 'failed' }, trade: { amount: 10_000 }, anomaly: { may_be_resolved_as: RESOLUTIONS_OF.paid_late } });
  const { out } = await run(url, 'anomaly', 'show', id);
  expect(out + JSON.stringify(report)).not.toMatch(/sky\*\*\*|2088002264868521/);
});
