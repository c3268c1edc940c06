import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../stack/databases.ts';
import { APPS, firstWithin, lifeOf, ordersOfEach, type Past } from './life.ts';
import { loadPast } from './load-past.ts';
import { EVENT_DAYS } from './tables.ts';

const PAST: Past = { orders: 3_000, untilMs: Date.now(), prefix: 'g0000' };
/** Of half an hour. */
const OPEN = 285;

let database: TestDatabase;
let books: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  books = new pg.Client({ connectionString: database.url });
  await books.connect();
  await loadPast(database.url, PAST, () => undefined);
});

afterAll(async () => {
  await books.end();
  await database.drop();
});

async function count(sql: string): Promise<number> {
  return (await books.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${sql}`)).rows[0]?.count ?? NaN;
}

describe('a past that was loaded', () => {
  it('has orders of all apps, most of them paid and the youngest open', async () => {
    const { rows } = await books.query<{ status: string; count: number }>(
      'SELECT status, count(*)::int AS count FROM payment_orders GROUP BY status',
    );
    const by = Object.fromEntries(rows.map(({ status, count: found }) => [status, found]));
    expect(Math.abs((by['processing'] ?? 0) - OPEN)).toBeLessThanOrEqual(1);
    expect(by['failed']).toBeGreaterThan(150);
    expect(by['succeeded']).toBeGreaterThan(2_300);
    expect(await count(`payment_orders WHERE app_id = '${APPS[0]}' AND merchant_order_id = 'g000000000000'`)).toBe(1);
    expect(await count(`payment_orders WHERE app_id = '${APPS[0]}'`)).toBe(ordersOfEach(PAST));
  });

  it.each([
    ['an order without an attempt', 'payment_orders o WHERE NOT EXISTS (SELECT FROM gateway_attempts a WHERE a.payment_order_id = o.id)'],
    [
      'an end without its proof',
      `payment_orders o WHERE o.status IN ('succeeded', 'failed') AND NOT EXISTS (SELECT FROM outcomes p JOIN gateway_attempts a ON a.id = p.attempt_id
         WHERE p.subject_id = o.id AND p.status = o.status AND p.amount = o.amount AND a.payment_order_id = o.id)`,
    ],
    [
      'a payment without its trade',
      `payment_orders o WHERE o.status = 'succeeded' AND NOT EXISTS (SELECT FROM trades t JOIN gateway_attempts a ON a.id = t.attempt_id
         WHERE t.trade_no = o.gateway_transaction_id AND t.payment_order_id = o.id AND a.payment_order_id = o.id)`,
    ],
    ['an open order that is due', `payment_orders WHERE due_at <= loomi_now()`],
    ['an open order that nobody would look at', `payment_orders WHERE status = 'processing' AND due_at IS NULL`],
    ['a move without its event', 'payment_orders o WHERE event_seq <> (SELECT count(*) FROM events e WHERE e.subject_id = o.id)'],
    ['an event without a number, or out of order', `(SELECT entry_ms, lag(entry_ms) OVER (ORDER BY position) AS before FROM events) e
       WHERE entry_ms IS NULL OR before >= entry_ms`],
    ['an event or a message that is in no partition of its day', '(SELECT FROM events_rest UNION ALL SELECT FROM notifications_rest) rest'],
    ['a message that is not applied, or unknown', `notifications n WHERE applied_at IS NULL
       OR NOT EXISTS (SELECT FROM notification_keys k WHERE k.notification_id = n.id)`],
  ])('has no %s', async (_, sql) => {
    expect(await count(sql)).toBe(0);
  });

  it('leaves every trigger and constraint at work', async () => {
    const [id] = (await books.query<{ id: string }>(`SELECT id FROM payment_orders WHERE status = 'succeeded' LIMIT 1`)).rows;
    await expect(books.query('UPDATE payment_orders SET amount = 1 WHERE id = $1', [id?.id])).rejects.toThrow('does not change');
    expect(await count(`pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'O'`)).toBe(0);
    expect(await count('pg_constraint WHERE NOT convalidated')).toBe(0);
    expect(await count('pg_index WHERE NOT (indisready AND indisvalid AND indislive)')).toBe(0);
  });

  it('goes on where it ended: new events come after those that are there', async () => {
    const next = await books.query<{ position: string; last: string }>(
      `SELECT nextval('event_positions') AS position, (SELECT max(position) FROM events) AS last`,
    );
    expect(Number(next.rows[0]?.position)).toBeGreaterThan(Number(next.rows[0]?.last));
    expect(await count('event_log_head h WHERE (entry_ms, entry_seq) = (SELECT max(entry_ms), 0 FROM events)')).toBe(1);
  });
});

describe('the past of ten million orders', () => {
  const past: Past = { orders: 10_000_000, untilMs: Date.UTC(2026, 0, 1), prefix: 'g0000' };

  it('is two years long', () => {
    expect(new Date(lifeOf(past, 0).createdMs).toISOString().slice(0, 10)).toBe('2024-01-02');
  });

  it('keeps the events of its last thirty days', () => {
    const first = lifeOf(past, firstWithin(past, EVENT_DAYS));
    expect((past.untilMs - first.createdMs) / 86_400_000).toBeCloseTo(EVENT_DAYS, 2);
  });
});
