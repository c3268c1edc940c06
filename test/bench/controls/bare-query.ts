// An order by its merchant's number: one prepared SELECT, and the row as it is.
import { serveBare } from './bare-server.ts';

const SELECT = `
SELECT id, app_id, merchant_order_id, status, order_type, amount, currency, subject, extra_data, expires_in, expires_at,
  close_requested_at, payment_url, gateway_transaction_id, lakala_callback, failure_code, failure_message, paid_at,
  refunded_amount, created_at, updated_at
FROM payment_orders WHERE app_id = $1 AND merchant_order_id = $2`;

interface Asked {
  Params: { id: string };
  Querystring: { app_id: string };
}

await serveBare((app, pool) => {
  app.get<Asked>('/api/v1/payment-orders/:id', async ({ params, query }, reply) => {
    const { rows } = await pool.query<object>({ name: 'select', text: SELECT, values: [query.app_id, params.id] });
    return rows[0] ?? reply.code(404).send({});
  });
});
