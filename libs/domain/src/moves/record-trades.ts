import type { EntityManager } from 'typeorm';
import type { PaidTrade } from '../orders/gateway-answer.js';

/** A trade as the gateway tells of it, the order and the attempt it is of, and the account it went to. */
export type NewTrade = Pick<PaidTrade, 'tradeNo' | 'logNo' | 'accTradeNo' | 'payMode' | 'paidAt'> & {
  orderId: string;
  attemptId: string;
  merchantNo: string;
  termNo: string;
  /** Fen. */
  amount: number;
};

/**
 * Books trades, each once.
 * @throws Error where one is booked on another order.
 */
export async function recordTrades(em: EntityManager, trades: readonly NewTrade[]): Promise<void> {
  const booked = await em.query<{ trade_no: string }[]>(
    `INSERT INTO trades (trade_no, payment_order_id, attempt_id, log_no, merchant_no, term_no, acc_trade_no, pay_mode,
       amount, paid_at)
     SELECT "tradeNo", "orderId", "attemptId", "logNo", "merchantNo", "termNo", "accTradeNo", "payMode", amount, "paidAt"
     FROM json_to_recordset($1::json) AS trade("tradeNo" text, "orderId" uuid, "attemptId" uuid, "logNo" text,
       "merchantNo" text, "termNo" text, "accTradeNo" text, "payMode" text, amount bigint, "paidAt" timestamptz)
     ON CONFLICT ON CONSTRAINT trades_pk DO NOTHING RETURNING trade_no`,
    [JSON.stringify(trades)],
  );
  if (booked.length === trades.length) return;
  const others = await em.query<{ trade_no: string; payment_order_id: string }[]>(
    'SELECT trade_no, payment_order_id FROM trades WHERE trade_no = ANY($1)',
    [trades.map(({ tradeNo }) => tradeNo)],
  );
  const orderOf = new Map(others.map((row) => [row.trade_no, row.payment_order_id]));
  for (const { tradeNo, orderId } of trades) {
    const owner = orderOf.get(tradeNo);
    if (owner !== orderId) throw new Error(`trade ${tradeNo} is booked on order ${owner}, not on ${orderId}`);
  }
}
