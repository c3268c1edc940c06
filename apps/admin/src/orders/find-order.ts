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
  UNION SELECT payment_order_id FROM trades WHERE log_no = $1
  UNION SELECT payment_order_id FROM refund_orders WHERE log_no = $1`;

// No index leads from these to an order: a look through the tables, for numbers that nothing else knows.
const BY_RARE_NAME = `
  SELECT payment_order_id AS id FROM gateway_attempts WHERE pay_order_no = $1
  UNION SELECT payment_order_id FROM refund_orders WHERE gateway_refund_id = $1`;

const OF_APP = `
  SELECT id FROM payment_orders WHERE app_id = $1 AND merchant_order_id = $2`;
const OF_APP_BY_REFUND = `
  SELECT payment_order_id AS id FROM refund_orders WHERE app_id = $1 AND merchant_refund_id = $2`;

/** The id of the payment order that a number belongs to, be it its own, an attempt's, a trade's or a refund's. */
export async function findOrder(manager: EntityManager, reference: string, app: string | undefined): Promise<string> {
  const find = (sql: string, values: unknown[]) => manager.query<{ id: string }[]>(sql, values);
  const rows =
    app === undefined
      ? await firstFound([
          () => find(BY_ANY_NAME, [reference, isUuid(reference) ? reference : null]),
          () => find(BY_RARE_NAME, [reference]),
        ])
      : await firstFound([() => find(OF_APP, [app, reference]), () => find(OF_APP_BY_REFUND, [app, reference])]);
  const [first, second] = rows;
  if (second !== undefined) {
    throw new Refusal(`${reference} belongs to several orders: ${rows.map(({ id }) => id).join(', ')}`);
  }
  if (first !== undefined) return first.id;
  if (app !== undefined) throw new Refusal(`the app ${app} has no order or refund ${reference}`);
  throw new Refusal(`nothing is known under ${reference}; a merchant_order_id needs --app`);
}

async function firstFound(searches: readonly (() => Promise<{ id: string }[]>)[]): Promise<{ id: string }[]> {
  for (const search of searches) {
    const found = await search();
    if (found.length > 0) return found;
  }
  return [];
}
