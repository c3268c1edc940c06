import { Redis } from 'ioredis';
import type pg from 'pg';
import { until } from '../stack/until.ts';
import type { AppClient } from './app-client.ts';
import type { GuideConsumer } from './guide-consumer.ts';
import type { LakalaSandbox, LedgerOrder } from './lakala-sandbox.ts';
import type { SteadyShop } from './steady-shop.ts';

const PAID = ['pending > processing', 'processing > succeeded'];
const OPEN_AT_LAKALA = ['0', '1', '3'];
const WAIT_MS = 90_000;

export interface Witnesses {
  app: AppClient;
  lakala: LakalaSandbox;
  redisUrl: string;
  payments: GuideConsumer;
  refunds: GuideConsumer;
  /** The owner's connections to the service's database. */
  books: pg.Pool;
}

/** Compares what a shop was told, now that all its sales are over, with our books, Lakala's ledger and the streams. */
export async function expectPromisesKept(shop: SteadyShop, witnesses: Witnesses): Promise<void> {
  expect(shop.broken).toEqual([]);
  await expectOrdersRight(shop, witnesses);
  await expectNotificationsKept(witnesses);
  await expectEventsOnce(shop, witnesses);
  expect((await witnesses.books.query('SELECT * FROM anomalies')).rows).toEqual([]);
}

/** Every order and refund that was accepted is there under its id, paid once and taken back once at Lakala. */
async function expectOrdersRight({ sales }: SteadyShop, { app, lakala, books }: Witnesses): Promise<void> {
  const attempts = await books.query<{ id: string; out_order_no: string }>('SELECT payment_order_id AS id, out_order_no FROM gateway_attempts');
  const ledger = new Map((await lakala.ledger()).map((order) => [order.out_order_no, order]));
  const atLakala = Map.groupBy(attempts.rows, ({ id }) => id);
  for (const { merchantOrderId, accepted, refund, pages } of sales) {
    const now = await app.payment(merchantOrderId);
    expect(now).toMatchObject({ id: accepted.id, status: 'succeeded', failure: null, refunded_amount: refund.amount });
    expect({ merchantOrderId, pages: pages.size }).toEqual({ merchantOrderId, pages: 1 });
    const orders = (atLakala.get(accepted.id) ?? []).flatMap(({ out_order_no: number }) => ledger.get(number) ?? []);
    expect(moneyOf(orders)).toEqual({
      paid: [[now.gateway_transaction_id, accepted.amount]],
      back: [[refund.gateway_refund_id, refund.amount, 'SUCCESS']],
    });
  }
  const counts = await books.query('SELECT (SELECT count(*)::int FROM payment_orders) AS payments, (SELECT count(*)::int FROM refund_orders) AS refunds');
  expect(counts.rows).toEqual([{ payments: sales.length, refunds: sales.length }]);
}

function moneyOf(orders: readonly LedgerOrder[]): object {
  return {
    paid: orders.flatMap((order) => order.paid_trades.map((trade) => [trade.trade_no, trade.amount])),
    back: orders.flatMap((order) => order.refunds.map((refund) => [refund.trade_no, refund.amount, refund.state])),
  };
}

/** What we acknowledged to Lakala is in the inbox and applied; and no page stays open that nobody has. */
async function expectNotificationsKept({ lakala, books }: Witnesses): Promise<void> {
  const open = async () => (await lakala.ledger()).filter(({ order_status: status }) => OPEN_AT_LAKALA.includes(status));
  await until('every page that nobody has to be closed at Lakala', WAIT_MS, async () => (await open()).length === 0).catch(async (error: unknown) => {
    const numbers = (await open()).map(({ out_order_no: number }) => number);
    const { rows } = await books.query('SELECT * FROM gateway_attempts WHERE out_order_no = ANY($1)', [numbers]);
    throw new Error(`${String(error)}: ${JSON.stringify(rows)}`);
  });
  const unapplied = async () => (await books.query('SELECT 1 FROM notifications WHERE applied_at IS NULL')).rowCount;
  await until('every notification to be applied', WAIT_MS, async () => (await unapplied()) === 0);
  const { rows } = await books.query<{ out_order_no: string; kept: number }>('SELECT out_order_no, count(*)::int AS kept FROM notifications GROUP BY 1');
  const kept = new Map(rows.map((row) => [row.out_order_no, row.kept]));
  const lost = (await lakala.ledger()).filter(({ out_order_no: number, notifications }) => notifications.acknowledged > (kept.get(number) ?? 0));
  expect(lost).toEqual([]);
}

/** Every move is on its stream once, in its order's order, under the entry id that the log has for it. */
async function expectEventsOnce({ sales }: SteadyShop, { payments, refunds, books, redisUrl }: Witnesses): Promise<void> {
  const moves = sales.flatMap(({ accepted, refund }) => [{ id: accepted.id, read: payments }, { id: refund.id, read: refunds }]);
  await until('every move to be read', WAIT_MS, () => moves.every(({ id, read }) => read.movesOf(id).length >= PAID.length));
  for (const { id, read } of moves) expect({ id, moves: read.movesOf(id) }).toEqual({ id, moves: PAID });
  for (const kind of ['payment', 'refund']) {
    const { rows } = await books.query<{ entry: string; id: string }>(
      `SELECT entry_ms || '-' || entry_seq AS entry, id FROM events WHERE kind = $1 ORDER BY entry_ms, entry_seq`,
      [kind],
    );
    expect(await entriesOf(redisUrl, `${kind}_results`)).toEqual(rows.map(({ entry, id }) => [entry, id]));
  }
}

/** Entry ids and event ids, oldest first. */
async function entriesOf(redisUrl: string, stream: string): Promise<string[][]> {
  const redis = new Redis(redisUrl);
  try {
    return (await redis.xrange(stream, '-', '+')).map(([entry, flat]) => [entry, flat[flat.indexOf('event_id') + 1] ?? '']);
  } finally {
    redis.disconnect();
  }
}
