import { setTimeout as delay } from 'node:timers/promises';
import type { PaymentOrder } from './app-client.ts';
import type { World } from './world.ts';

const ROUNDS = 20;
const ROUND_SECONDS = 60;
const ROUND_MS = 500;
/** Unpaid, under way, or a failed attempt after which the payer may try again. */
const OPEN_AT_LAKALA = ['0', '1', '3'];

interface Told {
  seq: number;
  old_status: string;
  new_status: string;
  payment_url: string | null;
}

/** Lets minutes pass until Lakala has no page of the order that a payer could still pay. */
export async function untilNothingIsOpen(world: World, order: { id: string }): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const pages = await world.atLakala(order);
    if (pages.every(({ order_status: status }) => !OPEN_AT_LAKALA.includes(status))) return;
    await world.clock.advance(ROUND_SECONDS);
    await delay(ROUND_MS);
  }
  throw new Error(`Lakala still has an open page of ${order.id}: ${JSON.stringify(await world.atLakala(order))}`);
}

/** An ended order's books against Lakala's ledger: pages, money, refunds, events. */
export async function expectSoundBooks(world: World, { id, merchant_order_id: name }: PaymentOrder, anomalies: string[] = []): Promise<void> {
  const order = await world.app.payment(name);
  const pages = await world.atLakala(order);
  const told = await eventsOf(world, id);
  expect(new Set(told.flatMap(({ payment_url: page }) => page ?? [])).size).toBeLessThanOrEqual(1);
  expect(await world.count("gateway_attempts WHERE payment_order_id = $1 AND state IN ('begun', 'payable')", [id])).toBeLessThanOrEqual(1);
  expectChain(told, order.status);

  const paid = pages.flatMap(({ paid_trades: trades }) => trades.map((trade) => trade.trade_no));
  expect(paid).toEqual(order.status === 'succeeded' ? [order.gateway_transaction_id] : []);
  const refunds = pages.flatMap((page) => page.refunds.filter(({ state }) => state !== 'FAIL'));
  expect(new Set(refunds.map(({ out_trade_no: number }) => number)).size).toBe(refunds.length);
  expect(order.refunded_amount).toBe(refunds.reduce((sum, { amount }) => sum + amount, 0));
  expect(await reserved(world, id)).toBe(await heldByRefunds(world, id));
  expect(await world.anomaliesOf(order)).toEqual(anomalies);
}

/** A refund's own story, from its beginning to this status. */
export async function expectRefundTold(world: World, refund: { id: string }, status: string): Promise<void> {
  expectChain(await eventsOf(world, refund.id), status);
  expect(await world.anomaliesOf(refund)).toEqual([]);
}

/** What is set aside for refunds of the order, in fen. */
export async function reserved(world: World, paymentId: string): Promise<number> {
  return sumOf(world, 'SELECT sum(refund_reserved) AS fen FROM trades WHERE payment_order_id = $1', paymentId);
}

function heldByRefunds(world: World, paymentId: string): Promise<number> {
  return sumOf(world, "SELECT sum(amount) AS fen FROM refund_orders WHERE payment_order_id = $1 AND status <> 'failed'", paymentId);
}

async function sumOf(world: World, sql: string, id: string): Promise<number> {
  const { rows } = await world.books.query<{ fen: string | null }>(sql, [id]);
  return Number(rows[0]?.fen ?? 0);
}

async function eventsOf(world: World, id: string): Promise<Told[]> {
  const sql = `SELECT seq, fields->>'old_status' AS old_status, fields->>'new_status' AS new_status, payment_url
    FROM events WHERE subject_id = $1 ORDER BY position`;
  return (await world.books.query<Told>(sql, [id])).rows;
}

function expectChain(told: readonly Told[], status: string): void {
  expect(told.map(({ seq }) => seq)).toEqual(told.map((_, place) => place + 1));
  expect(told.map(({ old_status: before }) => before)).toEqual(['pending', ...told.slice(0, -1).map(({ new_status: after }) => after)]);
  expect(told.at(-1)?.new_status).toBe(status);
}
