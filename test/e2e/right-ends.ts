import { until } from '../stack/until.ts';
import type { BusyShop } from './busy-shop.ts';
import type { LedgerOrder } from './lakala-sandbox.ts';
import type { World } from './world.ts';

const PAID = ['pending > processing', 'processing > succeeded'];
const OPEN_AT_LAKALA = ['0', '1', '3'];

/** Compares a shop's sales, all paid and all taken back in part, with Lakala's ledger and with what the consumers read. */
export async function expectRightEnds(world: World, shop: BusyShop): Promise<void> {
  const payments = await shop.allPaid();
  const refunds = await shop.allRefunded();
  expect(payments.map(({ id }) => id).sort()).toEqual([...shop.accepted.values()].map(({ id }) => id).sort());
  for (const payment of payments) {
    expect(payment).toMatchObject({ status: 'succeeded', failure: null });
    expect(shop.pages.get(payment.merchant_order_id)?.size).toBe(1);
    const paid = (await world.atLakala(payment)).filter(({ paid_amount: amount }) => amount > 0);
    const refund = refunds.find(({ payment_order_id: id }) => id === payment.id);
    expect(factsOf(paid)).toEqual([
      { amount: payment.amount, trades: [payment.gateway_transaction_id], refunds: [[refund?.gateway_refund_id, refund?.amount, 'SUCCESS']] },
    ]);
    expect(refund).toMatchObject({ id: shop.acceptedRefunds.get(payment.id)?.id, status: 'succeeded' });
  }
  await everyEndIsRead(shop);
  await until('every page that nobody has to be closed at Lakala', 60_000, async () =>
    (await world.lakala.ledger()).every(({ order_status: status }) => !OPEN_AT_LAKALA.includes(status)),
  );
  expect(await world.count('anomalies')).toBe(0);
}

function factsOf(paid: readonly LedgerOrder[]): object[] {
  return paid.map(({ paid_amount: amount, paid_trades: trades, refunds }) => ({
    amount,
    trades: trades.map((trade) => trade.trade_no),
    refunds: refunds.map((refund) => [refund.trade_no, refund.amount, refund.state]),
  }));
}

/** Every move of every order, in its order; an entry may come again, but never out of turn the first time. */
async function everyEndIsRead({ payments, refunds, accepted, acceptedRefunds }: BusyShop): Promise<void> {
  const ids = [...accepted.values()].map(({ id }) => ({ id, read: payments }));
  ids.push(...[...acceptedRefunds.values()].map(({ id }) => ({ id, read: refunds })));
  await until('every end to be read', 30_000, () => ids.every(({ id, read }) => read.movesOf(id).length >= PAID.length));
  for (const { id, read } of ids) expect(read.movesOf(id)).toEqual(PAID);
}
