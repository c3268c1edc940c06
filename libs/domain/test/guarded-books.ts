import { randomUUID } from 'node:crypto';
import { Client, DatabaseError } from 'pg';

export type Role = 'loomi_api' | 'loomi_processor' | 'loomi_admin' | 'owner';

/** Lacks the right to do it. */
export const NOT_GRANTED = '42501';
/** A guard or a constraint forbids it, whoever asks. */
export const FORBIDDEN = '23514';

type Values = Record<string, unknown>;

/** The books of an empty database, in a transaction of its own that is rolled back; each statement runs as some role. */
export class GuardedBooks {
  private readonly client: Client;

  constructor(url: string) {
    this.client = new Client({ connectionString: url });
  }

  async open(): Promise<void> {
    await this.client.connect();
    // As in a session that has done it five times: a guard's plan is for all values then, and needs every right at once.
    await this.client.query('SET plan_cache_mode = force_generic_plan');
    await this.client.query("BEGIN; INSERT INTO apps (app_id) VALUES ('shop')");
  }

  async close(): Promise<void> {
    await this.client.query('ROLLBACK');
    await this.client.end();
  }

  /** Runs a statement with the rights of the role. */
  async as<T extends Values>(role: Role, sql: string, values: unknown[] = []): Promise<T[]> {
    await this.client.query('SAVEPOINT before');
    try {
      if (role !== 'owner') await this.client.query(`SET LOCAL ROLE ${role}`);
      const { rows } = await this.client.query<T>(sql, values);
      await this.client.query('RESET ROLE');
      return rows;
    } catch (error) {
      await this.client.query('ROLLBACK TO SAVEPOINT before');
      throw error;
    }
  }

  /** Why the database refuses the statement; throws where it does not. */
  async refusalAs(role: Role, sql: string, values: unknown[] = []): Promise<{ code: string | undefined; message: string }> {
    try {
      await this.as(role, sql, values);
    } catch (error) {
      if (error instanceof DatabaseError) return { code: error.code, message: error.message };
      throw error;
    }
    throw new Error(`${role} was allowed to: ${sql}`);
  }

  async insert(role: Role, table: string, row: Values): Promise<void> {
    const { sql, values } = insertion(table, row);
    await this.as(role, sql, values);
  }

  /** A payment order as the API makes it. Gives its id. */
  async payment(amount = 100): Promise<string> {
    const id = randomUUID();
    const terms = { order_type: 'payment', amount, subject: 'a book', expires_in: 1800, expires_at: '2030-01-01T00:00:00Z' };
    await this.insert('loomi_api', 'payment_orders', { id, app_id: 'shop', merchant_order_id: id, ...terms });
    return id;
  }

  /** A gateway attempt as the processor begins it, in the given state. Gives its id. */
  async attempt(paymentOrderId: string, state = 'payable'): Promise<string> {
    const id = randomUUID();
    const account = { merchant_no: 'M', term_no: 'T', amount: 100 };
    const row = { id, payment_order_id: paymentOrderId, out_order_no: id.replaceAll('-', ''), state, ...account };
    await this.insert('loomi_processor', 'gateway_attempts', row);
    return id;
  }

  /** A refund of a payment that was paid for it, as the API makes it. Gives its id. */
  async refund(amount = 40): Promise<string> {
    const terms = await this.refundTerms(amount);
    await this.insert('loomi_api', 'refund_orders', terms);
    return terms.id;
  }

  async refundTerms(amount = 40) {
    const { payment, tradeNo } = await this.paidPayment();
    await this.as('loomi_api', 'UPDATE trades SET refund_reserved = $2 WHERE trade_no = $1', [tradeNo, amount]);
    const id = randomUUID();
    const agreed = { app_id: 'shop', payment_order_id: payment, origin_trade_no: tradeNo, amount };
    return { id, out_trade_no: id.replaceAll('-', ''), ...agreed };
  }

  /** A payment order of 100 fen that succeeded. */
  async paidPayment(): Promise<{ payment: string; tradeNo: string }> {
    const payment = await this.payment();
    const attempt = await this.attempt(payment);
    const tradeNo = `trade of ${payment}`;
    await this.trade(payment, attempt, tradeNo);
    const ended = { subject_id: payment, subject: 'payment', status: 'succeeded', amount: 100 };
    await this.gatewayProof({ ...ended, attempt_id: attempt, source: 'query' });
    const move = 'UPDATE payment_orders SET status = $2, gateway_transaction_id = $3 WHERE id = $1';
    await this.as('loomi_processor', move, [payment, 'processing', null]);
    await this.as('loomi_processor', move, [payment, 'succeeded', tradeNo]);
    return { payment, tradeNo };
  }

  async trade(paymentOrderId: string, attemptId: string, tradeNo: string): Promise<void> {
    const account = { log_no: 'L', merchant_no: 'M', term_no: 'T', amount: 100 };
    await this.insert('loomi_processor', 'trades', {
      trade_no: tradeNo,
      payment_order_id: paymentOrderId,
      attempt_id: attemptId,
      ...account,
    });
  }

  /** The gateway's signed word about an order or refund. */
  async gatewayProof(proof: Values): Promise<void> {
    const message = { raw: Buffer.from('{}'), signed_text_prefix: '1\nn\n', signature: 's', certificate: 'c' };
    await this.insert('loomi_processor', 'outcomes', { proof: 'gateway', ...message, ...proof });
  }
}

export function insertion(table: string, row: Values): { sql: string; values: unknown[] } {
  const names = Object.keys(row);
  const places = names.map((_, index) => `$${index + 1}`);
  return { sql: `INSERT INTO ${table} (${names.join(', ')}) VALUES (${places.join(', ')})`, values: Object.values(row) };
}
