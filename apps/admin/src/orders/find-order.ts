import type { EntityManager } from 'typeorm';
import { Refusal } from '../refusal.js';
import { isUuid } from '../terminal/arguments.js';

// Every name under which an order is known to us, to Lakala or to its bill.
const BY_ANY_NAME = `
  SELECT id FROM payment_orders WHERE id = $2::uuid
  UNION SELECT payment_order_id FROM refund_orders WHERE id = $2::uuid
  UNION SELECT payment_order_id FROM gateway_attempts WHERE out_order_no = $1
  UNION SELECT payment_order_id FROM refund_orders WHERE out_trade_no = $1
  UNION SELECT payment_order_id FROM trades WHERE trade_no = $1
  UNION SELECT payment_order_id FROM trades WHERE log_no = $1`;

/** The id of the payment order that a number belongs to, be it its own, an attempt's, a trade's or a refund's. */
export async function findOrder(manager: EntityManager, reference: string, app: string | undefined): Promise<string> {
  const rows =
    app === undefined
      ? await manager.query<{ id: string }[]>(BY_ANY_NAME, [reference, isUuid(reference) ? reference : null])
      : await manager.query<{ id: string }[]>(
          'SELECT id FROM payment_orders WHERE app_id = $1 AND merchant_order_id = $2',
          [app, reference],
        );
  const [first, second] = rows;
  if (second !== undefined) {
    throw new Refusal(`${reference} belongs to several orders: ${rows.map(({ id }) => id).join(', ')}`);
  }
  if (first !== undefined) return first.id;
  if (app !== undefined) throw new Refusal(`the app ${app} has no order ${reference}`);
  throw new Refusal(`nothing is known under ${reference}; a merchant_order_id needs --app`);
}
