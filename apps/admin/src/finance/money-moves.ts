/**
 * Every payment that Lakala took and every refund that it carried out from $1 on and before $2, as a query: kind, log_no,
 * app_id, merchant_no, amount (fen), at, payment_order_id, refund_order_id, our numbers of it, and for a payment whether
 * the order succeeded by it. A payment that came late or second is one too, and so is a refund that no app asked for.
 */
export const MONEY_MOVES = `
  SELECT 'payment' AS kind, t.log_no, p.app_id, t.merchant_no, t.amount, coalesce(t.paid_at, t.created_at) AS at,
    p.id AS payment_order_id, NULL::uuid AS refund_order_id, a.out_order_no AS order_no, a.pay_order_no,
    p.gateway_transaction_id IS NOT DISTINCT FROM t.trade_no AS pays_order
  FROM trades t JOIN payment_orders p ON p.id = t.payment_order_id JOIN gateway_attempts a ON a.id = t.attempt_id
  WHERE coalesce(t.paid_at, t.created_at) >= $1 AND coalesce(t.paid_at, t.created_at) < $2
  UNION ALL
  SELECT 'refund', r.log_no, r.app_id, t.merchant_no, r.amount, coalesce(r.refunded_at, r.updated_at),
    r.payment_order_id, r.id, r.out_trade_no, NULL, false
  FROM refund_orders r JOIN trades t ON t.trade_no = r.origin_trade_no
  WHERE r.status = 'succeeded' AND coalesce(r.refunded_at, r.updated_at) >= $1 AND coalesce(r.refunded_at, r.updated_at) < $2`;
