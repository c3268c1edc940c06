import { createTestDatabase, type TestDatabase } from '../../../../test/stack/databases.ts';
import { FORBIDDEN, GuardedBooks, insertion } from '../../test/guarded-books.js';

let database: TestDatabase;
let books: GuardedBooks;

beforeAll(async () => {
  database = await createTestDatabase();
});

beforeEach(async () => {
  books = new GuardedBooks(database.url);
  await books.open();
});

afterEach(() => books.close());
afterAll(() => database.drop());

describe('a refund that nothing was reserved for', () => {
  const refusal = async (change: object) => {
    const { sql, values } = insertion('refund_orders', { ...(await books.refundTerms(40)), ...change });
    return books.refusalAs('loomi_api', sql, values);
  };

  it('is refused beyond what is reserved', async () => {
    expect(await refusal({ amount: 41 })).toMatchObject({ code: FORBIDDEN });
  });

  it("is refused for another app's payment", async () => {
    await books.as('owner', "INSERT INTO apps (app_id) VALUES ('evil')");
    expect(await refusal({ app_id: 'evil' })).toMatchObject({ code: FORBIDDEN });
  });

  it('is refused where other refunds hold what is reserved', async () => {
    const terms = await books.refundTerms(40);
    await books.insert('loomi_api', 'refund_orders', { ...terms, amount: 30 });
    const id = '01900000-0000-7000-8000-000000000001';
    const { sql, values } = insertion('refund_orders', { ...terms, id, out_trade_no: id.replaceAll('-', ''), amount: 11 });
    expect(await books.refusalAs('loomi_api', sql, values)).toMatchObject({ code: FORBIDDEN });
  });
});

it('what an open refund holds is not freed', async () => {
  const { origin_trade_no: trade, ...terms } = await books.refundTerms(40);
  await books.insert('loomi_api', 'refund_orders', { ...terms, origin_trade_no: trade });
  const free = 'UPDATE trades SET refund_reserved = 39 WHERE trade_no = $1';
  expect(await books.refusalAs('loomi_api', free, [trade])).toMatchObject({ code: FORBIDDEN });
});

it.each([
  ['loomi_api', 'due_at = NULL'],
  ['loomi_processor', 'due_at = NULL'],
  ['loomi_processor', 'event_seq = event_seq - 1'],
  ['loomi_processor', 'refunded_amount = refunded_amount - 1'],
] as const)('no %s makes an open order forgotten: %s', async (role, change) => {
  const id = await books.payment();
  await books.as('owner', 'UPDATE payment_orders SET event_seq = 1, refunded_amount = 1 WHERE id = $1', [id]);
  expect(await books.refusalAs(role, `UPDATE payment_orders SET ${change} WHERE id = $1`, [id])).toMatchObject({ code: FORBIDDEN });
});

it('a close that was asked for is not taken back', async () => {
  const id = await books.payment();
  await books.as('loomi_api', 'UPDATE payment_orders SET close_requested_at = loomi_now() WHERE id = $1', [id]);
  const back = 'UPDATE payment_orders SET close_requested_at = NULL WHERE id = $1';
  expect(await books.refusalAs('loomi_api', back, [id])).toMatchObject({ code: FORBIDDEN });
});

it.each(["gateway_transaction_id = 'other'", 'paid_at = loomi_now()', "failure_message = 'x'"])(
  'an order that ended is not rewritten: %s',
  async (change) => {
    const { payment } = await books.paidPayment();
    const rewrite = `UPDATE payment_orders SET ${change} WHERE id = $1`;
    expect(await books.refusalAs('loomi_processor', rewrite, [payment])).toMatchObject({ code: FORBIDDEN });
  },
);
