import type { LockedPayment } from '#domain/moves/locked-payment.js';
import type { WriteBatch } from '#domain/moves/write-batch.js';
import { until } from '../../../../test/stack/until.ts';
import { Workbench } from '../../test/workbench.js';
import { PaymentTurns } from './payment-turns.js';

describe('PaymentTurns', () => {
  let bench: Workbench;
  let turns: PaymentTurns;

  beforeAll(async () => {
    bench = await Workbench.open();
  });
  afterAll(() => bench.close());
  beforeEach(() => {
    turns = new PaymentTurns(bench.db);
  });

  const createPayments = (count: number) => Promise.all(Array.from({ length: count }, () => bench.createPayment()));

  /** Leaves a mark on the order, and gives the transaction that it is done in. */
  const mark = async ({ order }: LockedPayment, batch: WriteBatch): Promise<string> => {
    order.failures += 1;
    batch.saveOrder(order);
    const [row] = await batch.em.query<{ id: string }[]>('SELECT pg_current_xact_id()::text AS id');
    return row?.id ?? '';
  };
  const marksOf = async (ids: readonly string[]): Promise<number[]> => {
    const rows = await bench.owner.query<{ id: string; failures: number }[]>('SELECT id, failures FROM payment_orders WHERE id = ANY($1)', [ids]);
    return ids.map((id) => rows.find((row) => row.id === id)?.failures ?? -1);
  };

  it('lets turns at many orders share a transaction', async () => {
    const ids = await createPayments(20);
    const transactions = await Promise.all(ids.map((id) => turns.take(id, mark)));
    expect(await marksOf(ids)).toEqual(ids.map(() => 1));
    // The first may go alone, since nothing was on its way.
    expect(new Set(transactions).size).toBeLessThanOrEqual(2);
  });

  it('takes two turns at one order one after the other', async () => {
    const [id = '', ...others] = await createPayments(3);
    await Promise.all([id, ...others, id, id].map((one) => turns.take(one, mark)));
    expect(await marksOf([id, ...others])).toEqual([3, 1, 1]);
  });

  it('loses no turn where replicas take theirs at one order at once', async () => {
    const ids = await createPayments(2);
    const replicas = Array.from({ length: 4 }, () => new PaymentTurns(bench.db));
    await Promise.all(replicas.flatMap((replica) => ids.map((id) => replica.take(id, mark))));
    expect(await marksOf(ids)).toEqual([4, 4]);
  });

  it.each([
    ['that throws', () => Promise.reject(new Error('bad'))],
    ['whose writes are refused', ({ order }: LockedPayment, batch: WriteBatch) => {
      batch.saveOrder(Object.assign(order, { status: 'succeeded' }));
      return Promise.resolve();
    }],
  ])('writes what the others do beside a turn %s', async (_, bad) => {
    const [id = '', ...others] = await createPayments(5);
    const taken = [...others.map((one) => turns.take(one, mark)), turns.take(id, bad), turns.take(id, mark)];
    const results = await Promise.allSettled(taken);
    expect(results.map(({ status }) => status)).toEqual([...others.map(() => 'fulfilled'), 'rejected', 'fulfilled']);
    expect(await marksOf([...others, id])).toEqual([1, 1, 1, 1, 1]);
  });

  it('keeps nothing of a turn whose attempt has another state by now', async () => {
    const [id = ''] = await createPayments(1);
    const { attemptId } = await bench.one<{ attemptId: string }>(
      `INSERT INTO gateway_attempts (id, payment_order_id, out_order_no, merchant_no, term_no, amount)
       VALUES ($1, $1, replace($1::uuid::text, '-', ''), 'm', 't', 100) RETURNING id AS "attemptId"`,
      [id],
    );
    const stale = async (locked: LockedPayment, batch: WriteBatch): Promise<void> => {
      const [attempt] = locked.attempts;
      if (attempt) batch.changeAttempt(attempt, 'payable');
      await mark(locked, batch);
    };
    await expect(turns.take(id, stale)).rejects.toThrow(`of these attempts only 0 are as they were: ${attemptId} payable`);
    expect(await marksOf([id])).toEqual([0]);
  });

  it('does not let the others wait for an order that somebody else holds', async () => {
    const [held = '', ...others] = await createPayments(4);
    const done: string[] = [];
    const take = (id: string) => turns.take(id, mark).then(() => done.push(id));
    let waiting: Promise<unknown> = Promise.resolve();
    await bench.owner.transaction(async (em) => {
      await em.query('SELECT 1 FROM payment_orders WHERE id = $1 FOR UPDATE', [held]);
      waiting = Promise.all([held, ...others].map(take));
      await until('the others to be done', 20_000, () => done.length === others.length);
      expect(done).not.toContain(held);
    });
    await waiting;
    expect(await marksOf([held, ...others])).toEqual([1, 1, 1, 1]);
  });

  it('says so where there is no such order', async () => {
    await expect(turns.take('019ac0de-0000-7000-8000-000000000000', mark)).rejects.toThrow('there is no payment order');
  });

  it('applies a message once, however often it is asked to', async () => {
    const [id = ''] = await createPayments(1);
    const { notification } = await bench.one<{ notification: string }>(
      `INSERT INTO notifications (id, out_order_no, raw, signed_text_prefix, signature, certificate)
       VALUES (gen_random_uuid(), 'x', 'x', 'x', 'x', 'x') RETURNING id AS notification`,
      [],
    );
    const replicas = [turns, turns, new PaymentTurns(bench.db), new PaymentTurns(bench.db)];
    const applied = await Promise.all(replicas.map((replica) => replica.apply(id, notification, mark)));
    expect(applied.filter((transaction) => transaction !== null)).toHaveLength(1);
    expect(await marksOf([id])).toEqual([1]);
  });

  it('rejects every turn at once where the database is away', async () => {
    const db = await bench.connect();
    await db.destroy();
    const away = new PaymentTurns(db);
    const results = await Promise.allSettled(Array.from({ length: 3 }, () => away.take('019ac0de-0000-7000-8000-000000000000', mark)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });
});
