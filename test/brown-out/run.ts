import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../stack/until.ts';
import type { World } from '../e2e/world.ts';
import { NO_CALLS, totalOf, type Booked, type Findings } from './findings.ts';
import { CAPACITY_LEFT, type BrownOutOptions } from './options.ts';
import { Sampler } from './sampler.ts';
import { Shop } from './shop.ts';

/** Fast, while the orders are made. */
export const FILLING_CALLS_PER_SECOND = 2_000;
const AT_A_TIME = 16;
const FILL_MS = 600_000;
const BEGIN_MS = 60_000;
/** What the backlog may take beside its length divided by the budget. */
const PATIENCE_MS = 180_000;
const LOOK_EVERY_MS = 500;
const UNFINISHED_SHOWN = 5;
const OPEN_AT_LAKALA = ['0', '1', '3'];
const LOST_NOTIFICATIONS = { notification: { lost: 1 } };

/** Paid orders that nobody tells us about, a Lakala at a small part of its capacity, and then one that is back. */
export async function runBrownOut(
  world: World,
  env: NodeJS.ProcessEnv,
  options: BrownOutOptions,
  say: (line: string) => void,
): Promise<Findings> {
  const shop = new Shop(world);
  const paid = await fill(world, shop, options.orders, say);
  env.LAKALA_MAX_CALLS_PER_SECOND = String(options.budget);
  await world.lakala.setFaults({ ...LOST_NOTIFICATIONS, capacity: Math.round(options.budget * CAPACITY_LEFT) });
  const before = totalOf(await world.lakala.calls());
  const sampler = new Sampler(world);
  let isOver = false;
  const selling = shop.sellSteadily(options.perSecond, () => isOver);
  try {
    await Promise.all(world.stack.processors.map(({ service }) => service.start()));
    await until('the first call', BEGIN_MS, () => totalOf(sampler.last?.calls ?? NO_CALLS) > before);
    const fromMs = sampler.nowMs;
    await delay(options.seconds * 1_000);
    const toMs = sampler.nowMs;
    await world.lakala.setFaults(LOST_NOTIFICATIONS);
    say(`${(toMs / 1_000).toFixed(0)} s: Lakala is well again; ${sampler.last?.open} orders are open, ${sampler.last?.waiting} wait for a page`);
    const patienceMs = PATIENCE_MS + (options.orders / options.budget) * 2_000;
    const unfinished = await wait('paid orders to be found', patienceMs, () => unfound(world, paid));
    say(`${(sampler.nowMs / 1_000).toFixed(0)} s: ${paid.size - unfinished.length} of ${paid.size} paid orders are found`);
    isOver = true;
    await selling;
    await closeAll(world);
    unfinished.push(...(await wait('the others to end', patienceMs, () => openOrders(world))));
    unfinished.push(...(await wait('the last page to be closed', patienceMs, () => openPages(world))));
    say(`${(sampler.nowMs / 1_000).toFixed(0)} s: all has ended`);
    return { options, samples: sampler.samples, fromMs, toMs, told: shop.told, paid, ...(await readBooks(world)), unfinished };
  } finally {
    isOver = true;
    await Promise.all([sampler.stop(), selling]);
  }
}

/** Open orders, all paid at Lakala, and processors that know nothing of it; gives their ids. */
async function fill(world: World, shop: Shop, count: number, say: (line: string) => void): Promise<Set<string>> {
  await world.lakala.setFaults(LOST_NOTIFICATIONS);
  const begunAt = performance.now();
  await shop.sellMany(count);
  const seconds = (): string => ((performance.now() - begunAt) / 1_000).toFixed(0);
  say(`${count} orders accepted in ${seconds()} s`);
  await until('every order to have its page', FILL_MS, async () => (await world.count(`payment_orders WHERE status = 'processing'`)) === count);
  say(`${count} pages after ${seconds()} s`);
  await Promise.all(world.stack.processors.map(({ service }) => service.stop()));
  const { rows } = await world.books.query<{ id: string; number: string }>(
    `SELECT payment_order_id AS id, out_order_no AS number FROM gateway_attempts WHERE state = 'payable'`,
  );
  await inParallel(rows, ({ number }) => world.lakala.act(number, 'pay'));
  say(`${rows.length} paid at Lakala after ${seconds()} s; nobody tells us`);
  return new Set(rows.map(({ id }) => id));
}

/** The ids that are still to come when the patience is at its end. */
async function wait(what: string, timeoutMs: number, left: () => Promise<string[]>): Promise<string[]> {
  let still: string[] = [];
  const look = async (): Promise<boolean> => {
    await delay(LOOK_EVERY_MS);
    return (still = await left()).length === 0;
  };
  await until(what, timeoutMs, look).catch(() => undefined);
  return still.slice(0, UNFINISHED_SHOWN).map((id) => `${what}: ${id}`);
}

async function unfound({ books }: World, paid: ReadonlySet<string>): Promise<string[]> {
  const sql = `SELECT id FROM payment_orders WHERE status <> 'succeeded' AND id = ANY($1)`;
  return (await books.query<{ id: string }>(sql, [[...paid]])).rows.map(({ id }) => id);
}

async function openOrders({ books }: World): Promise<string[]> {
  const sql = `SELECT id || ' (' || status || ', ' || coalesce(last_error, 'no error') || ')' AS id FROM payment_orders
    WHERE status IN ('pending', 'processing')`;
  return (await books.query<{ id: string }>(sql)).rows.map(({ id }) => id);
}

/** Also those that nobody has. */
async function openPages({ lakala }: World): Promise<string[]> {
  return (await lakala.ledger()).filter((page) => OPEN_AT_LAKALA.includes(page.order_status)).map((page) => page.out_order_no);
}

/** What was sold meanwhile, nobody pays: the app closes it. */
async function closeAll({ books, app }: World): Promise<void> {
  const { rows } = await books.query<{ id: string }>(
    `SELECT merchant_order_id AS id FROM payment_orders WHERE status IN ('pending', 'processing')`,
  );
  await inParallel(rows, ({ id }) => app.close(id));
}

async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}

/** Both sides' books, order by order. */
async function readBooks({ books, lakala }: World): Promise<Pick<Findings, 'booked' | 'anomalies'>> {
  const ledger = new Map((await lakala.ledger()).map((page) => [page.out_order_no, page]));
  const { rows } = await books.query<{ id: string; status: string; amount: string; numbers: string[] | null }>(
    `SELECT o.id, o.status, o.amount, array_agg(a.out_order_no) FILTER (WHERE a.id IS NOT NULL) AS numbers
     FROM payment_orders o LEFT JOIN gateway_attempts a ON a.payment_order_id = o.id GROUP BY o.id`,
  );
  const booked = rows.map(({ id, status, amount, numbers }): Booked => {
    const pages = (numbers ?? []).flatMap((number) => ledger.get(number) ?? []);
    const paidAmount = pages.reduce((sum, page) => sum + page.paid_amount, 0);
    const openPages = pages.filter((page) => OPEN_AT_LAKALA.includes(page.order_status)).length;
    return { id, status, amount: Number(amount), paidAmount, openPages };
  });
  const unresolved = await books.query<{ what: string }>(
    `SELECT kind || ' ' || detail AS what FROM anomalies WHERE resolved_at IS NULL`,
  );
  return { booked, anomalies: unresolved.rows.map(({ what }) => what) };
}
