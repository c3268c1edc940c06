import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { AppLabels } from '#domain/apps/app-labels.js';
import { domainDataSource } from '#domain/entities/domain-data-source.js';
import { PlatformCertificates } from '#lakala/platform-certificates.js';
import { parsePrivateKey } from '#lakala/request-signer.js';
import { SystemClock } from '#platform/clock/clock.js';
import { SilentLog } from '#platform/logging/log.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { OrderTraces } from '#platform/tracing/order-traces.js';
import { startSandbox } from '../../../test/lakala-sandbox/server.ts';
import { createTestDatabase, urlForRole } from '../../../test/stack/databases.ts';
import { scratchFolder } from '../../../test/stack/scratch.ts';
import { until } from '../../../test/stack/until.ts';
import { DecisionExecutor } from '../src/decisions/decision-executor.js';
import { CreateBreaker } from '../src/gateway/create-breaker.js';
import { GatewayBudget } from '../src/gateway/gateway-budget.js';
import { GatewayMetrics } from '../src/gateway/gateway-metrics.js';
import { LakalaClient } from '../src/gateway/lakala-client.js';
import { LakalaGateway } from '../src/gateway/lakala.gateway.js';
import { OrderLeases } from '../src/leases/order-leases.js';
import { OrderJournal } from '../src/order-journal.js';
import { PaymentSteps } from '../src/payments/payment-steps.js';
import { PaymentTurns } from '../src/payments/payment-turns.js';
import { PaymentWorker } from '../src/payments/payment-worker.js';
import { RefundWorker } from '../src/refunds/refund-worker.js';

export const APP_ID = 'shop';
const silent = new SilentLog();

/** What the sandbox believes of an order of ours. */
export interface LedgerOrder {
  out_order_no: string;
  paid_trades: { trade_no: string }[];
  order_status: string;
  page: 'answered' | 'answer_lost';
  paid_amount: number;
  refunded_amount: number;
  refunds: { out_trade_no: string; state: string; amount: number }[];
  calls: Record<string, number>;
}

/** The processor's workers, stepped by hand, on a real database and a real sandbox. */
export class Workbench {
  readonly paymentLeases: OrderLeases;
  readonly refundLeases: OrderLeases;

  private constructor(
    readonly db: DataSource,
    /** The owner's, for what no service may do: a test's own orders, and the clock. */
    readonly owner: DataSource,
    readonly sandboxUrl: string,
    private readonly account: NodeJS.ProcessEnv,
    private readonly folder: string,
    /** Connections of one more processor; who asks for them ends them. */
    readonly connect: () => Promise<DataSource>,
    private readonly endings: (() => Promise<void>)[],
  ) {
    this.paymentLeases = new OrderLeases(db, 'payment_orders');
    this.refundLeases = new OrderLeases(db, 'refund_orders');
  }

  static async open(): Promise<Workbench> {
    const folder = scratchFolder().subfolder('sandbox');
    const sandbox = await startSandbox({ dir: folder, port: 0, host: '127.0.0.1' });
    const database = await createTestDatabase();
    const connect = (url: string) =>
      domainDataSource({ url, poolSize: 10, applicationName: 'workbench', log: silent }).initialize();
    const db = await connect(urlForRole(database.url, 'loomi_processor'));
    const owner = await connect(database.url);
    const endings = [() => db.destroy(), () => owner.destroy(), () => sandbox.close(), () => database.drop()];
    await owner.query('INSERT INTO apps (app_id) VALUES ($1)', [APP_ID]);
    const account = parseEnv(readFileSync(join(folder, 'account.env'), 'utf8'));
    const another = () => connect(urlForRole(database.url, 'loomi_processor'));
    return new Workbench(db, owner, sandbox.url, account, folder, another, endings);
  }

  /** Whose signatures count as Lakala's. */
  get platformCertificates(): string {
    return readFileSync(join(this.folder, 'platform-certificate.pem'), 'utf8');
  }

  async close(): Promise<void> {
    for (const end of this.endings) await end();
  }

  /** A gateway of its own; give it to a worker, or slow it down first. */
  gateway<G extends LakalaGateway>(Gateway: new (...parts: ConstructorParameters<typeof LakalaGateway>) => G): G {
    const identity = {
      appid: this.account['LAKALA_APPID'] ?? '',
      serialNo: this.account['LAKALA_SERIAL_NO'] ?? '',
      privateKey: parsePrivateKey(readFileSync(join(this.folder, 'merchant-private-key.pem'), 'utf8')),
      certificates: PlatformCertificates.fromPem(this.platformCertificates),
    };
    const client = new LakalaClient(this.sandboxUrl, identity, new SystemClock(), 2_000);
    this.endings.unshift(() => client.close());
    // Nobody listens there: the tests bring their news by asking.
    const addresses = { publicBaseUrl: 'http://127.0.0.1:9', requestIp: '127.0.0.1' };
    return new Gateway(client, addresses, new GatewayMetrics(new Metrics(false)));
  }

  paymentWorker(gateway: LakalaGateway): PaymentWorker {
    const breaker = new CreateBreaker(silent);
    const budget = ampleBudget(breaker);
    const account = { merchantNo: this.account['LAKALA_MERCHANT_NO'] ?? '', termNo: this.account['LAKALA_TERM_NO'] ?? '' };
    const turns = new PaymentTurns(this.db);
    const steps = new PaymentSteps({ dataSource: this.db, turns }, { budget, breaker }, account, this.journal());
    return new PaymentWorker(turns, steps, gateway, this.journal());
  }

  refundWorker(gateway: LakalaGateway, mayResend = true, db: DataSource = this.db): RefundWorker {
    const budget = ampleBudget(new CreateBreaker(silent));
    return new RefundWorker(db, gateway, { budget, mayResend }, this.journal());
  }

  async createPayment(amount = 100): Promise<string> {
    const id = uuidv7();
    await this.owner.query(
      `INSERT INTO payment_orders (id, app_id, merchant_order_id, order_type, amount, subject, expires_in, expires_at)
       VALUES ($1, $2, $3, 'payment', $4, 'a sale', 1800, loomi_now() + interval '30 minutes')`,
      [id, APP_ID, id, amount],
    );
    return id;
  }

  /** As the API does it: the reservation first. */
  async createRefund(paymentId: string, amount: number): Promise<string> {
    const id = uuidv7();
    await this.owner.transaction(async (em) => {
      await em.query(
        `UPDATE trades SET refund_reserved = refund_reserved + $2 WHERE payment_order_id = $1`,
        [paymentId, amount],
      );
      await em.query(
        `INSERT INTO refund_orders (id, app_id, payment_order_id, origin_trade_no, out_trade_no, amount)
         SELECT $1, app_id, id, gateway_transaction_id, replace($1::uuid::text, '-', ''), $3 FROM payment_orders WHERE id = $2`,
        [id, paymentId, amount],
      );
    });
    return id;
  }

  /** One pass over what is due, as the processor's loop does it. */
  async workPayments(worker: PaymentWorker): Promise<number> {
    const leases = await this.paymentLeases.claimDue(10);
    await Promise.all(leases.map((lease) => worker.work(lease, this.paymentLeases)));
    return leases.length;
  }

  async workRefunds(worker: RefundWorker): Promise<number> {
    const leases = await this.refundLeases.claimDue(10);
    await Promise.all(leases.map((lease) => worker.work(lease, this.refundLeases)));
    return leases.length;
  }

  /** Moves the service's clock; the sandbox's stays. */
  async moveClock(seconds: number): Promise<void> {
    await this.owner.query(
      `CREATE OR REPLACE FUNCTION loomi_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
       AS 'SELECT statement_timestamp() + make_interval(secs => ${seconds})'`,
    );
  }

  /** Stops the service's clock so many seconds after a moment, as PostgreSQL writes one. */
  async stopClock(moment: string, secondsAfter: number): Promise<void> {
    await this.owner.query(
      `CREATE OR REPLACE FUNCTION loomi_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
       AS 'SELECT timestamptz ''${moment}'' + make_interval(secs => ${secondsAfter})'`,
    );
  }

  async control(method: 'PUT' | 'POST' | 'GET', path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.sandboxUrl}/control/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    if (!response.ok) throw new Error(`the sandbox answered ${response.status}: ${await response.text()}`);
    return response.json();
  }

  /** Every order of ours that the sandbox knows, oldest first. */
  async ledger(): Promise<LedgerOrder[]> {
    const { orders } = (await this.control('GET', 'ledger')) as { orders: LedgerOrder[] };
    return orders;
  }

  async one<Row>(sql: string, parameters: unknown[]): Promise<Row> {
    const [row] = await this.owner.query<Row[]>(sql, parameters);
    if (row === undefined) throw new Error(`no row for ${sql}`);
    return row;
  }

  /** What the event log tells of an order or refund, oldest first. */
  async movesToldOf(subjectId: string): Promise<string[]> {
    const rows = await this.owner.query<{ move: string }[]>(
      `SELECT fields->>'old_status' || ' > ' || (fields->>'new_status') AS move FROM events WHERE subject_id = $1 ORDER BY seq`,
      [subjectId],
    );
    return rows.map(({ move }) => move);
  }

  /** Keeps a row locked while these begin, one after the other, each once the one before it waits for the row. */
  async holdRow(table: 'payment_orders' | 'refund_orders', id: string, begin: readonly (() => void)[]): Promise<void> {
    const waiting = `SELECT count(*)::int AS count FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    await this.owner.transaction(async (em) => {
      await em.query(`SELECT 1 FROM ${table} WHERE id = $1 FOR UPDATE`, [id]);
      for (const [index, one] of begin.entries()) {
        one();
        const waits = async (): Promise<boolean> => (await this.one<{ count: number }>(waiting, [])).count === index + 1;
        await until(`${index + 1} statements to wait for a row of ${table}`, 20_000, waits);
      }
    });
  }

  decisionExecutor(db: DataSource = this.db): DecisionExecutor {
    return new DecisionExecutor(db, this.journal());
  }

  journal(): OrderJournal {
    return new OrderJournal(silent, new Metrics(false), new AppLabels(this.db), () => undefined, OrderTraces.none());
  }
}

/** For as many calls as a test makes, without a register to give it its share. */
function ampleBudget(breaker: CreateBreaker): GatewayBudget {
  const budget = new GatewayBudget(1_000_000, breaker);
  budget.shareWith(1, Number.POSITIVE_INFINITY);
  return budget;
}
