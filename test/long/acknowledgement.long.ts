import { Redis } from 'ioredis';
import { HeldWire } from '../e2e/held-wire.ts';
import type { PaymentOrder } from '../e2e/app-client.ts';
import { World } from '../e2e/world.ts';
import { until } from '../stack/until.ts';

const KEEP = ['INSERT INTO notifications'];
/** Lakala sends again after 1 s, 5 s, 5 s and 10 s. */
const AGAIN_MS = 60_000;
const REPEATS = 10_000;
const AT_ONCE = 16;
/** Of so many one is signed afresh, as Lakala signs each of its own; the others are the same bytes. */
const AFRESH_EVERY = 20;

let world: World;
let wire: HeldWire;
let redis: Redis;

beforeAll(async () => {
  let postgres = new URL('postgres://127.0.0.1');
  wire = new HeldWire(() => postgres);
  const by = {
    postgres: (url: string) => {
      postgres = new URL(url);
      return wire.through(url);
    },
  };
  // A prepared statement is only named, and the line knows a step by its words.
  world = await World.start({ by, env: { DATABASE_PREPARED_STATEMENTS: 'false' } });
  redis = new Redis(world.stack.redisUrl);
}, 120_000);
afterAll(async () => {
  redis.disconnect();
  wire.letGo();
  await world.stop();
  await wire.close();
}, 60_000);

function api() {
  const [replica] = world.stack.apis;
  if (replica === undefined) throw new Error('there is no API');
  return replica.service;
}

function processor() {
  const [replica] = world.stack.processors;
  if (replica === undefined) throw new Error('there is no processor');
  return replica.service;
}

const kept = (number: string) => world.count('notifications WHERE out_order_no = $1', [number]);

async function openOrder(): Promise<PaymentOrder & { number: string }> {
  const order = await world.openOrder();
  return { ...order, number: (await world.onlyPage(order)).out_order_no };
}

/** One message, acknowledged; one payment; two events. */
async function expectPaidOnce(order: PaymentOrder & { number: string }): Promise<void> {
  await until('Lakala to be told that it was heard', AGAIN_MS, async () => (await world.lakala.order(order.number)).notifications.acknowledged > 0);
  await world.ended(order, 'succeeded');
  expect(await kept(order.number)).toBe(1);
  // A question may have brought the same news before.
  const applied = 'notifications WHERE out_order_no = $1 AND applied_at IS NOT NULL';
  await until('it to be applied', AGAIN_MS, async () => (await world.count(applied, [order.number])) === 1);
  expect(await world.count('events WHERE subject_id = $1', [order.id])).toBe(2);
  expect(await world.anomaliesOf(order)).toEqual([]);
}

test.each([
  ['before its message is kept: it is not acknowledged, and comes again', 'request', 0],
  ['once its message is kept, before it is acknowledged: it comes again, and is the same', 'answer', 1],
] as const)('an API killed %s', async (_, hold, keptThen) => {
  const order = await openOrder();
  const held = wire.arm({ steps: [KEEP], hold });
  const paying = world.lakala.act(order.number, 'pay');
  await held;
  await api().kill('SIGKILL');
  expect((await world.lakala.order(order.number)).notifications.acknowledged).toBe(0);
  expect(await kept(order.number)).toBe(keptThen);
  wire.letGo();
  await paying;
  await api().start();
  await expectPaidOnce(order);
  expect((await world.lakala.order(order.number)).notifications.deliveries).toBeGreaterThan(1);
}, 180_000);

test('an API killed right after the acknowledgement, with Redis wiped: what was heard is applied', async () => {
  const order = await openOrder();
  processor().pause();
  await world.lakala.act(order.number, 'pay');
  await until('the acknowledgement', AGAIN_MS, async () => (await world.lakala.order(order.number)).notifications.acknowledged === 1);
  await api().kill('SIGKILL');
  await redis.flushall();
  expect(await kept(order.number)).toBe(1);
  processor().resume();
  await api().start();
  await expectPaidOnce(order);
}, 120_000);

test('a message repeated ten thousand times changes nothing', async () => {
  const order = await openOrder();
  await world.lakala.act(order.number, 'pay');
  await expectPaidOnce(order);
  const { sent } = await world.lakala.notify(order.number);
  let left = REPEATS;
  const statuses = new Map<string, number>();
  const repeat = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const answer = left % AFRESH_EVERY === 0 ? await afresh(order.number) : await again(sent);
      statuses.set(answer, (statuses.get(answer) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, repeat));
  expect([...statuses]).toEqual([['200 SUCCESS', REPEATS]]);
  await expectPaidOnce(order);
  expect(await world.app.payment(order.merchant_order_id)).toMatchObject({ refunded_amount: 0, status: 'succeeded' });
}, 300_000);

async function again({ url, authorization, body }: { url: string; authorization: string; body: object }): Promise<string> {
  const answer = await fetch(url, { method: 'POST', headers: { authorization }, body: JSON.stringify(body) });
  return `${answer.status} ${((await answer.json()) as { code: string }).code}`;
}

async function afresh(number: string): Promise<string> {
  const { received } = await world.lakala.notify(number);
  return `${received.status} ${received.acknowledged ? 'SUCCESS' : 'refused'}`;
}
