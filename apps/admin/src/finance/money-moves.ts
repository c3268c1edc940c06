/**
 * The payments that Lakala took (`t`, with its attempt `a`) under this condition, as a query. One that came late or second is
 * one too. `numbers` are those that a settlement file may name it by beside its log_no, `order_no` ours among them.
 */
export function paymentsTaken(condition: string): string {
  return `
  SELECT 'payment' AS kind, t.log_no, p.app_id, t.merchant_no, t.amount, coalesce(t.paid_at, t.created_at) AS at,
    p.id AS payment_order_id, NULL::uuid AS refund_order_id, a.out_order_no AS order_no,
    ARRAY[a.out_order_no, a.pay_order_no, t.trade_no] AS numbers,
    p.gateway_transaction_id IS NOT DISTINCT FROM t.trade_no AS pays_order
  FROM trades t JOIN payment_orders p ON p.id = t.payment_order_id JOIN gateway_attempts a ON a.id = t.attempt_id
  WHERE ${condition}`;
}

/** The refunds that it carried out (`r`) under this condition, in the same form. One that no app asked for is one too. */
export function refundsCarriedOut(condition: string): string {
  return `
  SELECT 'refund', r.log_no, r.app_id, t.merchant_no, r.amount, coalesce(r.refunded_at, r.updated_at),
    r.payment_order_id, r.id, r.out_trade_no,
    ARRAY[r.out_trade_no, r.gateway_refund_id, a.out_order_no, a.pay_order_no, t.trade_no], false
  FROM refund_orders r JOIN trades t ON t.trade_no = r.origin_trade_no JOIN gateway_attempts a ON a.id = t.attempt_id
  WHERE r.status = 'succeeded' AND ${condition}`;
}

/** Both, from $1 on and before $2. */
export const MONEY_MOVES_BETWEEN = `
  ${paymentsTaken('coalesce(t.paid_at, t.created_at) >= $1 AND coalesce(t.paid_at, t.created_at) < $2')}
  UNION ALL
  ${refundsCarriedOut('coalesce(r.refunded_at, r.updated_at) >= $1 AND coalesce(r.refunded_at, r.updated_at) < $2')}`;
