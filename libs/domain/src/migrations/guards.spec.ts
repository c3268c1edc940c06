import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '../../../../test/stack/databases.ts';
import { FORBIDDEN, GuardedBooks, insertion, NOT_GRANTED, type Role } from '../../test/guarded-books.ts';
import { PAYMENT_MOVES, PAYMENT_STATUSES, type PaymentStatus } from '../orders/payment-moves.js';
import { REFUND_MOVES, REFUND_STATUSES, type RefundStatus } from '../orders/refund-moves.js';

let database: TestDatabase;
let books: GuardedBooks;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

beforeEach(async () => {
  books = new GuardedBooks(database.url);
  await books.open();
});
afterEach(() => books.close());

/** The move with everything else a status asks for, so that only the move itself can be refused. */
const movePayment = (to: PaymentStatus): string =>
  `UPDATE payment_orders SET status = '${to}', failure_code = ${to === 'failed' ? "'refused'" : 'NULL'},
   gateway_transaction_id = ${to === 'succeeded' ? "'T1'" : 'NULL'} WHERE id = $1`;
const moveRefund = (to: RefundStatus): string =>
  `UPDATE refund_orders SET status = '${to}', failure_code = ${to === 'failed' ? "'refused'" : 'NULL'},
   gateway_refund_id = ${to === 'succeeded' ? "'R1'" : 'NULL'} WHERE id = $1`;

const isFinal = (status: string): status is 'succeeded' | 'failed' => status === 'succeeded' || status === 'failed';
const square = <S>(statuses: readonly S[]): [S, S][] => statuses.flatMap((from) => statuses.map((to): [S, S] => [from, to]));

const provePayment = (id: string, attemptId: string | null, status: string, more: Record<string, unknown> = {}): Promise<void> =>
  books.gatewayProof({ subject_id: id, subject: 'payment', status, amount: 100, attempt_id: attemptId, source: 'query', ...more });
const proveRefund = (id: string, status: string, more: Record<string, unknown> = {}): Promise<void> =>
  books.gatewayProof({ subject_id: id, subject: 'refund', status, amount: 40, source: 'refund_query', ...more });

async function paymentThatIs(status: PaymentStatus): Promise<{ id: string; attemptId: string }> {
  const id = await books.payment();
  const attemptId = await books.attempt(id);
  if (status !== 'pending') await books.as('loomi_processor', movePayment('processing'), [id]);
  if (isFinal(status)) {
    await provePayment(id, attemptId, status);
    await books.as('loomi_processor', movePayment(status), [id]);
  }
  return { id, attemptId };
}

async function refundThatIs(status: RefundStatus): Promise<string> {
  const id = await books.refund();
  if (status !== 'pending') await books.as('loomi_processor', moveRefund('processing'), [id]);
  if (isFinal(status)) {
    await proveRefund(id, status);
    await books.as('loomi_processor', moveRefund(status), [id]);
  }
  return id;
}

describe('the numbers that apps give', () => {
  const order = (number: string): Promise<unknown> =>
    books.insert('loomi_api', 'payment_orders', {
      id: randomUUID(), app_id: 'shop', merchant_order_id: number,
      order_type: 'payment', amount: 100, subject: 'a book', expires_in: 1800, expires_at: '2030-01-01T00:00:00Z',
    });
  const refund = async (number: string): Promise<unknown> =>
    books.insert('loomi_api', 'refund_orders', { ...(await books.refundTerms()), merchant_refund_id: number });

  test.each(['', 'a b', 'a\n', '单', 'a'.repeat(65)])('are never %j', async (number) => {
    await expect(order(number)).rejects.toThrow('payment_orders_merchant_order_id_form');
    await expect(refund(number)).rejects.toThrow('refund_orders_merchant_refund_id_form');
  });

  test.each(['A', 'a_1.b:C-9', 'a'.repeat(64)])('may be %j', async (number) => {
    await order(number);
    await refund(number);
  });
});

describe('the database keeps the tables of moves', () => {
  test.each(square(PAYMENT_STATUSES))('payment: %s to %s', async (from, to) => {
    const { id, attemptId } = await paymentThatIs(from);
    if (isFinal(to) && !isFinal(from)) await provePayment(id, attemptId, to);
    if (from === to || PAYMENT_MOVES[from].includes(to)) {
      await books.as('loomi_processor', movePayment(to), [id]);
      expect(await books.as('owner', 'SELECT status FROM payment_orders WHERE id = $1', [id])).toEqual([{ status: to }]);
      return;
    }
    const message = `payment order ${id} does not move from ${from} to ${to}`;
    expect(await books.refusalAs('loomi_processor', movePayment(to), [id])).toEqual({ code: FORBIDDEN, message });
    expect(await books.refusalAs('owner', movePayment(to), [id])).toEqual({ code: FORBIDDEN, message });
  });

  test.each(square(REFUND_STATUSES))('refund: %s to %s', async (from, to) => {
    const id = await refundThatIs(from);
    if (isFinal(to) && !isFinal(from)) await proveRefund(id, to);
    if (from === to || REFUND_MOVES[from].includes(to)) {
      await books.as('loomi_processor', moveRefund(to), [id]);
      expect(await books.as('owner', 'SELECT status FROM refund_orders WHERE id = $1', [id])).toEqual([{ status: to }]);
      return;
    }
    const message = `refund order ${id} does not move from ${from} to ${to}`;
    expect(await books.refusalAs('loomi_processor', moveRefund(to), [id])).toEqual({ code: FORBIDDEN, message });
    expect(await books.refusalAs('owner', moveRefund(to), [id])).toEqual({ code: FORBIDDEN, message });
  });
});

describe('a payment ends only with proof of its own', () => {
  const NO_PROOF = { code: FORBIDDEN, message: expect.stringContaining('has no proof of being') as string };

  test.each(['succeeded', 'failed'] as const)('%s without any proof is refused', async (end) => {
    const { id } = await paymentThatIs('processing');
    expect(await books.refusalAs('loomi_processor', movePayment(end), [id])).toEqual(NO_PROOF);
  });

  test.each([
    ['of another amount', { amount: 99 }],
    ['of the other end', { status: 'failed' }],
    ['of a refund', { subject: 'refund' }],
    ['that names no attempt', { attempt_id: null }],
  ])('a proof %s is refused', async (_, flaw) => {
    const { id, attemptId } = await paymentThatIs('processing');
    await provePayment(id, attemptId, 'succeeded', flaw);
    expect(await books.refusalAs('loomi_processor', movePayment('succeeded'), [id])).toEqual(NO_PROOF);
  });

  test('a proof by an attempt of another order, or kept for another order, is refused', async () => {
    const { id, attemptId } = await paymentThatIs('processing');
    const other = await paymentThatIs('processing');
    await provePayment(id, other.attemptId, 'succeeded');
    expect(await books.refusalAs('loomi_processor', movePayment('succeeded'), [id])).toEqual(NO_PROOF);
    expect(await books.refusalAs('loomi_processor', movePayment('succeeded'), [other.id])).toEqual(NO_PROOF);
    expect(attemptId).not.toBe(other.attemptId);
  });

  const neverPayable = (id: string, more: Record<string, unknown> = {}) =>
    insertion('outcomes', {
      subject_id: id,
      subject: 'payment',
      status: 'failed',
      amount: 100,
      proof: 'never_payable',
      reason: 'expired before it was payable',
      ...more,
    });

  test.each(['begun', 'payable'])('an order with a page that is %s is not "never payable"', async (state) => {
    const id = await books.payment();
    await books.attempt(id, state);
    const { sql, values } = neverPayable(id);
    await books.as('loomi_processor', sql, values);
    expect(await books.refusalAs('loomi_processor', movePayment('failed'), [id])).toEqual(NO_PROOF);
  });

  test.each(['begun', 'payable'])('an order has one page: no other is begun while one is %s', async (state) => {
    const id = await books.payment();
    await books.attempt(id, 'abandoned');
    await books.attempt(id, state);
    await expect(books.attempt(id, 'begun')).rejects.toThrow('gateway_attempts_one_page');
  });

  test('an order that is processing was payable, whatever its attempts say now', async () => {
    const { id, attemptId } = await paymentThatIs('processing');
    await books.as('loomi_processor', "UPDATE gateway_attempts SET state = 'abandoned' WHERE id = $1", [attemptId]);
    const { sql, values } = neverPayable(id);
    await books.as('loomi_processor', sql, values);
    expect(await books.refusalAs('loomi_processor', movePayment('failed'), [id])).toEqual(NO_PROOF);
  });

  test('an order whose attempts are all refused or abandoned may fail as never payable', async () => {
    const id = await books.payment();
    await books.attempt(id, 'refused');
    await books.attempt(id, 'abandoned');
    const { sql, values } = neverPayable(id);
    await books.as('loomi_processor', sql, values);
    await books.as('loomi_processor', movePayment('failed'), [id]);
  });

  test.each([
    ['a success', { status: 'succeeded' }],
    ['a refund', { subject: 'refund' }],
    ['an end without its reason', { reason: null }],
  ])('"never payable" is no proof of %s', async (_, flaw) => {
    const { sql, values } = neverPayable(await books.payment(), flaw);
    const { code, message } = await books.refusalAs('loomi_processor', sql, values);
    expect(code).toBe(FORBIDDEN);
    expect(message).toContain('outcomes_never_payable_whole');
  });

  test.each(['raw', 'signed_text_prefix', 'signature', 'certificate', 'source'])(
    "the gateway's word without its %s cannot be kept as proof",
    async (part) => {
      const { id, attemptId } = await paymentThatIs('processing');
      await expect(provePayment(id, attemptId, 'succeeded', { [part]: null })).rejects.toThrow('outcomes_gateway_whole');
    },
  );

  test('an order is never born with its end', async () => {
    const { sql, values } = insertion('payment_orders', {
      id: crypto.randomUUID(),
      app_id: 'shop',
      merchant_order_id: 'born-paid',
      order_type: 'payment',
      amount: 1,
      subject: 'a book',
      expires_in: 60,
      expires_at: '2030-01-01T00:00:00Z',
      status: 'succeeded',
      gateway_transaction_id: 'T1',
    });
    expect((await books.refusalAs('loomi_api', sql, values)).code).toBe(NOT_GRANTED);
    expect(await books.refusalAs('owner', sql, values)).toEqual({ code: FORBIDDEN, message: 'a payment order begins pending' });
  });
});

describe('a refund ends only with proof of its own', () => {
  const NO_PROOF = { code: FORBIDDEN, message: expect.stringContaining('has no proof of being') as string };

  test.each(['succeeded', 'failed'] as const)('%s without any proof is refused', async (end) => {
    expect(await books.refusalAs('loomi_processor', moveRefund(end), [await refundThatIs('processing')])).toEqual(NO_PROOF);
  });

  test.each([
    ['of another amount', { amount: 39 }],
    ['of the other end', { status: 'failed' }],
    ['of a payment', { subject: 'payment' }],
    ['from a message about the payment', { source: 'notification' }],
    ['from a question about the payment', { source: 'query' }],
  ])('a proof %s is refused', async (_, flaw) => {
    const id = await refundThatIs('processing');
    await proveRefund(id, 'succeeded', flaw);
    expect(await books.refusalAs('loomi_processor', moveRefund('succeeded'), [id])).toEqual(NO_PROOF);
  });

  test('a proof of another refund is refused', async () => {
    const [id, other] = [await refundThatIs('processing'), await refundThatIs('processing')];
    await proveRefund(other, 'succeeded');
    expect(await books.refusalAs('loomi_processor', moveRefund('succeeded'), [id])).toEqual(NO_PROOF);
  });

  test.each([{ status: 'failed', failure_code: 'refused' }, { sends: 1 }])('a refund is never born with %j', async (flaw) => {
    const { sql, values } = insertion('refund_orders', { ...(await books.refundTerms()), ...flaw });
    expect((await books.refusalAs('loomi_api', sql, values)).code).toBe(NOT_GRANTED);
    expect(await books.refusalAs('owner', sql, values)).toEqual({ code: FORBIDDEN, message: 'a refund order begins pending' });
  });

  test('its sends are counted up, never down', async () => {
    const id = await refundThatIs('processing');
    await books.as('loomi_processor', 'UPDATE refund_orders SET sends = sends + 1 WHERE id = $1', [id]);
    expect(await books.refusalAs('loomi_processor', 'UPDATE refund_orders SET sends = 0 WHERE id = $1', [id])).toEqual({
      code: FORBIDDEN,
      message: `the sends of refund order ${id} are not forgotten`,
    });
  });
});

describe('what was agreed does not change', () => {
  const services: Role[] = ['loomi_api', 'loomi_processor', 'loomi_admin'];

  test.each([
    ['id', 'gen_random_uuid()'],
    ['app_id', "'thief'"],
    ['merchant_order_id', "'other'"],
    ['order_type', "'recharge'"],
    ['amount', '99'],
    ['subject', "'other'"],
    ['extra_data', '\'{"a":1}\''],
    ['expires_at', "expires_at + interval '1 day'"],
    ['created_at', "created_at - interval '1 day'"],
  ])("a payment order's %s", async (column, value) => {
    const id = await books.payment();
    const sql = `UPDATE payment_orders SET ${column} = ${value} WHERE id = $1`;
    for (const role of services) expect((await books.refusalAs(role, sql, [id])).code).toBe(NOT_GRANTED);
    const message = `what was agreed on payment order ${id} does not change`;
    expect(await books.refusalAs('owner', sql, [id])).toEqual({ code: FORBIDDEN, message });
  });

  test.each([
    ['id', 'gen_random_uuid()'],
    ['app_id', "'thief'"],
    ['payment_order_id', 'gen_random_uuid()'],
    ['origin_trade_no', "'other'"],
    ['out_trade_no', "'other'"],
    ['merchant_refund_id', "'other'"],
    ['amount', '39'],
    ['currency', "'USD'"],
    ['reason', "'other'"],
    ['created_at', "created_at - interval '1 day'"],
  ])("a refund order's %s", async (column, value) => {
    const id = await books.refund();
    const sql = `UPDATE refund_orders SET ${column} = ${value} WHERE id = $1`;
    for (const role of services) expect((await books.refusalAs(role, sql, [id])).code).toBe(NOT_GRANTED);
    const message = `what was agreed on refund order ${id} does not change`;
    expect(await books.refusalAs('owner', sql, [id])).toEqual({ code: FORBIDDEN, message });
  });
});
