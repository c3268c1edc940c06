import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { TaskPublisher } from '#domain/streams/task-publisher.js';
import { newId } from '#platform/ids/new-id.js';
import { Grouped } from '#platform/postgres/grouped.js';
import { plainQuery } from '#platform/postgres/plain-query.js';
import { allOrEach } from '../grouping/all-or-each.js';
import { GROUP_LIMITS } from '../grouping/limits.js';
import { PAYMENT_COLUMNS, type PaymentOrderRow } from './payment-order.row.js';

/** What was agreed, by which two requests for one order are told apart. */
export type Terms = Pick<PaymentOrderRow, 'order_type' | 'amount' | 'currency' | 'subject' | 'extra_data' | 'expires_in'>;

/** By what an app knows an order. */
interface OrderName {
  readonly app_id: string;
  readonly merchant_order_id: string;
}

type NewOrder = OrderName & Terms & { readonly id: string };

/** Payment orders in the database, written and found in groups: at many requests a second they share a statement and a commit. */
@Injectable()
export class PaymentRows {
  private readonly inserts = new Grouped<NewOrder, PaymentOrderRow | undefined>((orders) => this.insertAll(orders), GROUP_LIMITS);
  private readonly lookups = new Grouped<OrderName, PaymentOrderRow | undefined>((names) => this.findAll(names), GROUP_LIMITS);

  constructor(
    private readonly dataSource: DataSource,
    private readonly tasks: TaskPublisher,
  ) {}

  /** The new order once it is committed; undefined where the app has one of that name, which the unique key decides. */
  async insert(app_id: string, merchant_order_id: string, terms: Terms): Promise<PaymentOrderRow | undefined> {
    return this.inserts.add({ id: newId(), app_id, merchant_order_id, ...terms });
  }

  /** The order as it is committed now; undefined where the app has none of that name. */
  async find(app_id: string, merchant_order_id: string): Promise<PaymentOrderRow | undefined> {
    return this.lookups.add({ app_id, merchant_order_id });
  }

  private async insertAll(orders: readonly NewOrder[]): Promise<readonly (PaymentOrderRow | undefined | Error)[]> {
    const results = await allOrEach(orders, (some) => this.write(some));
    const ids = results.flatMap((result) => (result === undefined || result instanceof Error ? [] : [result.id]));
    // They are committed: the wake-ups may be lost, since the processor also looks by itself.
    if (ids.length > 0) void this.tasks.publish('payment_tasks', ids);
    return results;
  }

  private async write(orders: readonly NewOrder[]): Promise<readonly (PaymentOrderRow | undefined)[]> {
    const rows = await plainQuery<PaymentOrderRow>(
      this.dataSource,
      `INSERT INTO payment_orders
         (id, app_id, merchant_order_id, order_type, amount, currency, subject, extra_data, expires_in, expires_at)
       SELECT id, app_id, merchant_order_id, order_type, amount, currency, subject, extra_data, expires_in,
         loomi_now() + make_interval(secs => expires_in)
       FROM json_to_recordset($1::json) AS order_to_be(id uuid, app_id text, merchant_order_id text, order_type text,
         amount bigint, currency text, subject text, extra_data jsonb, expires_in integer)
       ON CONFLICT (app_id, merchant_order_id) DO NOTHING
       RETURNING ${PAYMENT_COLUMNS}`,
      // In one order everywhere: two replicas that wait for each other's rows would wait for ever.
      [JSON.stringify(orders.toSorted(byName))],
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return orders.map(({ id }) => byId.get(id));
  }

  private async findAll(names: readonly OrderName[]): Promise<readonly (PaymentOrderRow | undefined)[]> {
    const rows = await plainQuery<PaymentOrderRow>(
      this.dataSource,
      // One by one by the index, whatever the planner knew when it made the plan: of a table that was young then it would read all.
      `SELECT ${PAYMENT_COLUMNS} FROM unnest($1::text[], $2::text[]) AS wanted(app_id, merchant_order_id)
       CROSS JOIN LATERAL (
         SELECT * FROM payment_orders o WHERE o.app_id = wanted.app_id AND o.merchant_order_id = wanted.merchant_order_id LIMIT 1
       ) payment_orders`,
      [names.map(({ app_id }) => app_id), names.map(({ merchant_order_id }) => merchant_order_id)],
    );
    const found = new Map(rows.map((row) => [nameOf(row), row]));
    return names.map((name) => found.get(nameOf(name)));
  }
}

function byName(one: OrderName, other: OrderName): number {
  return compare(one.app_id, other.app_id) || compare(one.merchant_order_id, other.merchant_order_id);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Neither id may contain a line break. */
function nameOf({ app_id, merchant_order_id }: OrderName): string {
  return `${app_id}\n${merchant_order_id}`;
}
