// Orders in groups: while as many INSERTs are on their way as the pool has connections, what arrives waits and goes
// together in the next.
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { BareOrder } from './bare-order.ts';
import { serveBare } from './bare-server.ts';

const GROUP_INSERT = `
INSERT INTO payment_orders
  (id, app_id, merchant_order_id, order_type, amount, currency, subject, extra_data, expires_in, expires_at)
SELECT id, app_id, merchant_order_id, order_type, amount, currency, subject, extra_data, expires_in,
  loomi_now() + make_interval(secs => expires_in)
FROM json_to_recordset($1) AS o(id uuid, app_id text, merchant_order_id text, order_type text, amount bigint, currency text,
  subject text, extra_data jsonb, expires_in integer)
ORDER BY app_id, merchant_order_id
ON CONFLICT (app_id, merchant_order_id) DO NOTHING RETURNING id`;

interface Waiting {
  order: BareOrder & { id: string };
  resolve: (isNew: boolean) => void;
  reject: (error: unknown) => void;
}

class GroupedInserts {
  readonly #pool: pg.Pool;
  #waiting: Waiting[] = [];
  #underWay = 0;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  insert(order: BareOrder & { id: string }): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ order, resolve, reject });
      if (this.#underWay < this.#pool.options.max) void this.#sendGroup();
    });
  }

  async #sendGroup(): Promise<void> {
    this.#underWay += 1;
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        const values = [JSON.stringify(group.map(({ order }) => order))];
        const { rows } = await this.#pool.query<{ id: string }>({ name: 'insert', text: GROUP_INSERT, values });
        const made = new Set(rows.map(({ id }) => id));
        for (const { order, resolve } of group) resolve(made.has(order.id));
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#underWay -= 1;
  }
}

await serveBare((app, pool) => {
  const inserts = new GroupedInserts(pool);
  app.post<{ Body: BareOrder }>('/api/v1/payment-orders', async ({ body }, reply) => {
    const id = uuidv7();
    const isNew = await inserts.insert({ id, ...body });
    return reply.code(isNew ? 202 : 409).send({ id, status: 'pending', ...body });
  });
});
