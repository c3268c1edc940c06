/** An order as it arrives, believed as it is. */
export interface BareOrder {
  app_id: string;
  merchant_order_id: string;
  amount: number;
  currency: string;
  order_type: string;
  subject: string;
  expires_in: number;
  extra_data: object;
}

/** The columns that the API writes, as it writes them. */
export const ORDER_INSERT = `
INSERT INTO payment_orders
  (id, app_id, merchant_order_id, order_type, amount, currency, subject, extra_data, expires_in, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::integer, loomi_now() + make_interval(secs => $9::integer))`;

export function orderValues(id: string, order: BareOrder): unknown[] {
  const { app_id, merchant_order_id, order_type, amount, currency, subject, extra_data, expires_in } = order;
  return [id, app_id, merchant_order_id, order_type, amount, currency, subject, JSON.stringify(extra_data), expires_in];
}
