import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { AppLabels } from '#domain/apps/app-labels.js';
import { ANOMALY_KINDS } from '#domain/orders/anomaly-kinds.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { commitEvents, halfRead, openStreamWorld, type StreamWorld } from '../../../../test/fixtures/relay-world.ts';
import { EventRelay } from '../relay/event-relay.js';
import { OrderSurvey } from './order-survey.js';
import { StreamSurvey } from './stream-survey.js';
import { Survey, type Surveyor } from './survey.js';
import { WorkSurvey } from './work-survey.js';

let world: StreamWorld;
let metrics: Metrics;

beforeAll(async () => {
  world = await openStreamWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.app.flushall();
  await world.owner.query('TRUNCATE apps, payment_orders, refund_orders, anomalies, events, stream_tops, stream_groups CASCADE');
  await world.owner.query(`INSERT INTO apps (app_id) VALUES ('shop'), ('cafe')`);
  metrics = new Metrics(false);
});

const surveyorsOn = (dataSource: DataSource): Surveyor[] => [
  new OrderSurvey(dataSource, new AppLabels(dataSource), metrics),
  new WorkSurvey(dataSource, metrics),
  new StreamSurvey(dataSource, world.redis, metrics),
];
const look = (): Promise<number> => new Survey({ isEldest: true }, surveyorsOn(world.dataSource)).runOnce();

/** The lines of one metric, without its name. */
async function shown(name: string, of = metrics): Promise<string[]> {
  const { text } = await of.exposition();
  return text.split('\n').flatMap((line) => (line.startsWith(`${name}{`) ? [line.slice(name.length)] : [])).sort();
}

/** Payment orders in one state, so many minutes old, that may be paid for half an hour. */
async function addPayments(count: number, fields: { app?: string; status?: string; minutes?: number; failures?: number } = {}): Promise<void> {
  const { app = 'shop', status = 'pending', minutes = 0, failures = 0 } = fields;
  await world.owner.transaction(async (em) => {
    // Without the guards: how an order came to be what it is does not matter here.
    await em.query('SET LOCAL session_replication_role = replica');
    await em.query(INSERT_PAYMENTS, [app, status, minutes, failures, count]);
  });
}

const INSERT_PAYMENTS = `INSERT INTO payment_orders (id, app_id, merchant_order_id, status, order_type, amount, subject, expires_in, expires_at, created_at,
    failures, due_at, gateway_transaction_id)
  SELECT uuidv7(), $1, gen_random_uuid()::text, $2, 'payment', 250, 'a sale', 1800, t + interval '30 minutes', t, $4,
    CASE WHEN $2 = 'succeeded' THEN NULL ELSE t END, CASE WHEN $2 = 'succeeded' THEN 'T' || n END
  FROM generate_series(1, $5::integer) n, (SELECT loomi_now() - make_interval(mins => $3) AS t) moment`;

test('open orders are shown by state and app with their money, and the age of the oldest', async () => {
  await addPayments(3, { minutes: 2 });
  await addPayments(1, { app: 'cafe', status: 'processing', minutes: 45 });
  await addPayments(5, { status: 'succeeded', minutes: 90 });
  await look();
  expect(await shown('loomi_open_orders')).toEqual([
    '{kind="payment",status="pending",app="shop"} 3',
    '{kind="payment",status="processing",app="cafe"} 1',
  ]);
  expect(await shown('loomi_open_fen')).toEqual([
    '{kind="payment",status="pending",app="shop"} 750',
    '{kind="payment",status="processing",app="cafe"} 250',
  ]);
  expect(await shown('loomi_oldest_open_seconds')).toEqual([
    expect.stringMatching(/^\{kind="payment",status="pending"\} 12[0-9]\./),
    expect.stringMatching(/^\{kind="payment",status="processing"\} 27[0-9][0-9]\./),
    '{kind="refund",status="pending"} 0',
    '{kind="refund",status="processing"} 0',
  ]);
  expect(await shown('loomi_overdue_seconds')).toEqual([
    expect.stringMatching(/^\{kind="payment"\} 9[0-9][0-9]\./),
    '{kind="refund"} 0',
  ]);
});

test('what fails again and again, or is open long after its end, is stuck, each once', async () => {
  await addPayments(2, { failures: 4 });
  await addPayments(3, { failures: 5 });
  await addPayments(4, { minutes: 61, failures: 9 });
  await addPayments(5, { status: 'succeeded', minutes: 90 });
  await look();
  expect(await shown('loomi_stuck')).toEqual([
    '{kind="decision"} 0',
    '{kind="notification"} 0',
    '{kind="payment"} 7',
    '{kind="refund"} 0',
  ]);
  expect(await shown('loomi_due_work')).toContain('{kind="payment"} 9');
});

test('every kind of anomaly is shown, at 0 before there is one and after it is resolved', async () => {
  await world.owner.query(
    `INSERT INTO anomalies (id, kind, dedupe_key, detail, resolved_at, resolution)
     VALUES ($1, 'unknown_order', 'a', 'd', NULL, NULL), ($2, 'paid_twice', 'b', 'd', loomi_now(), 'given back')`,
    [uuidv7(), uuidv7()],
  );
  await look();
  const lines = ANOMALY_KINDS.map((kind) => `{kind="${kind}"} ${kind === 'unknown_order' ? 1 : 0}`);
  expect(await shown('loomi_unresolved_anomalies')).toEqual(lines.sort());
});

test('the coming days that have a partition are counted', async () => {
  await world.owner.query(`DO $$ BEGIN
    PERFORM add_partition(parent, (loomi_now() AT TIME ZONE 'UTC')::date + ahead)
      FROM unnest(ARRAY['events', 'notifications']) parent, generate_series(0, 7) ahead;
  END $$`);
  await world.owner.query(`DO $$ BEGIN
    EXECUTE 'DROP TABLE events' || to_char((loomi_now() AT TIME ZONE 'UTC')::date + 7, '_YYYYMMDD');
  END $$`);
  await look();
  expect(await shown('loomi_partition_days_ahead')).toEqual(['{parent="events"} 6', '{parent="notifications"} 7']);
});

test('streams are shown with what their groups have left to do', async () => {
  const { dataSource, redis, log } = world;
  const relay = new EventRelay({ dataSource, redis, log, metrics: new Metrics(false), lookEveryMs: 0 });
  await halfRead(world, () => relay.runOnce());
  await look();
  expect(await shown('loomi_stream_length')).toContain('{stream="payment_results"} 8');
  expect(await shown('loomi_stream_length')).toContain('{stream="refund_tasks"} 0');
  const ofShop = '{stream="payment_results",consumer_group="shop"}';
  expect(await shown('loomi_stream_pending')).toEqual([`${ofShop} 4`]);
  expect(await shown('loomi_stream_undelivered')).toEqual([`${ofShop} 2`]);
  const [oldest = ''] = await shown('loomi_stream_oldest_pending_seconds');
  expect(Number(oldest.split(' ')[1])).toBeGreaterThan(0);
  expect(Number(oldest.split(' ')[1])).toBeLessThan(60);
});

test('the groups of a stream are shown by name up to twenty, and the rest as one', async () => {
  await world.app.xadd('payment_results', '1-0', 'a', 'b');
  for (let n = 0; n < 23; n += 1) {
    await world.app.xgroup('CREATE', 'payment_results', `group-${n}`, '0');
    await world.app.xreadgroup('GROUP', `group-${n}`, 'consumer', 'STREAMS', 'payment_results', '>');
  }
  await look();
  const lines = await shown('loomi_stream_pending');
  expect(lines).toHaveLength(21);
  expect(lines).toContain('{stream="payment_results",consumer_group="other"} 3');
});

test("the apps' own streams are shown together", async () => {
  const { dataSource, redis, log } = world;
  await world.owner.query('UPDATE apps SET own_streams = true');
  const relay = new EventRelay({ dataSource, redis, log, metrics: new Metrics(false), lookEveryMs: 0 });
  for (const appId of ['shop', 'cafe']) {
    await world.app.xgroup('CREATE', `payment_results:${appId}`, appId, '0', 'MKSTREAM');
    await commitEvents(world, { appId, count: 2 });
    await relay.runOnce();
    await world.app.xreadgroup('GROUP', appId, 'consumer', 'STREAMS', `payment_results:${appId}`, '>');
    await relay.runOnce();
  }
  await look();
  expect(await shown('loomi_stream_pending')).toEqual(['{stream="payment_results:own",consumer_group="other"} 4']);
});

test('only the eldest processor looks, and who is it no more shows nothing', async () => {
  await addPayments(1);
  const register = { isEldest: true };
  const survey = new Survey(register, surveyorsOn(world.dataSource));
  await survey.runOnce();
  expect(await shown('loomi_open_orders')).toHaveLength(1);
  expect(survey.restMs).toBeGreaterThanOrEqual(15_000);
  register.isEldest = false;
  await survey.runOnce();
  expect(survey.restMs).toBeLessThanOrEqual(2_000);
  for (const name of ['loomi_open_orders', 'loomi_oldest_open_seconds', 'loomi_stuck', 'loomi_stream_length']) {
    expect(await shown(name)).toEqual([]);
  }
});

test('what cannot be looked at is left out, and the rest is shown', async () => {
  await addPayments(1);
  const survey = new Survey({ isEldest: true }, surveyorsOn(world.dataSource));
  await survey.runOnce();
  await world.app.set('payment_tasks', 'no stream');
  await expect(survey.runOnce()).rejects.toThrow('WRONGTYPE');
  expect(await shown('loomi_open_orders')).toHaveLength(1);
  expect(await shown('loomi_stream_length')).toEqual([]);
});

test('a look reads the open orders by their indexes, however many have ended', async () => {
  await addPayments(20_000, { status: 'succeeded', minutes: 90 });
  await addPayments(20, { minutes: 2 });
  await world.owner.query('VACUUM ANALYZE payment_orders');
  const plans: string[] = [];
  const query = async (sql: string, values?: unknown[]): Promise<unknown> => {
    const rows = await world.dataSource.query<{ 'QUERY PLAN': string }[]>(`EXPLAIN ${sql}`, values);
    plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
    return world.dataSource.query(sql, values);
  };
  const explaining = { query } as DataSource;
  await new Survey({ isEldest: true }, surveyorsOn(explaining)).runOnce();
  const ofOrders = plans.filter((plan) => plan.includes('payment_orders'));
  expect(ofOrders).toHaveLength(3);
  expect(ofOrders.filter((plan) => plan.includes('Seq Scan on payment_orders'))).toEqual([]);
});
