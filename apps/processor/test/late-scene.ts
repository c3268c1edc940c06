import type { DataSource } from 'typeorm';
import type { LatePaymentChoice } from '#domain/orders/late-payment.js';
import { PlatformCertificates } from '#lakala/platform-certificates.js';
import { LakalaGateway } from '../src/gateway/lakala.gateway.js';
import { NotificationWorker } from '../src/notifications/notification-worker.js';
import { PaymentTurns } from '../src/payments/payment-turns.js';
import { APP_ID, type LedgerOrder, type Workbench } from './workbench.js';

/** Longer than the order lives. */
const PAST_EXPIRY_SECONDS = 1_801;

export interface LateEnd {
  status: string;
  /** Whether what an app is shown of it is whole: a trade and a time of payment, or a reason why it failed. */
  whole: boolean;
  events: string[];
  /** Anomalies with their decisions: `paid_late`, `paid_late resolved`. */
  anomalies: string[];
  /** Refunds that no app asked for: their status and how often each was sent. */
  refunds: string[];
  refundEvents: number;
  /** Fen that the app is told were refunded. */
  refundedAmount: number;
  atLakala: { paid: number; refunded: number; refunds: number };
}

/** One order with its page, and everything that can happen to it in whatever order a test wants. */
export class LateScene {
  #unread: string[] = [];

  private constructor(
    readonly bench: Workbench,
    readonly gateway: LakalaGateway,
    readonly orderId: string,
    readonly outOrderNo: string,
  ) {}

  static async open(bench: Workbench, gateway: LakalaGateway, choice: LatePaymentChoice): Promise<LateScene> {
    await bench.moveClock(0);
    await bench.owner.query('UPDATE apps SET late_payment = $2 WHERE app_id = $1', [APP_ID, choice]);
    const orderId = await bench.createPayment(100);
    await workOrder(bench, gateway, orderId);
    const { number } = await bench.one<{ number: string }>(
      'SELECT out_order_no AS number FROM gateway_attempts WHERE payment_order_id = $1',
      [orderId],
    );
    return new LateScene(bench, gateway, orderId, number);
  }

  async choose(choice: LatePaymentChoice): Promise<void> {
    await this.bench.owner.query('UPDATE apps SET late_payment = $2 WHERE app_id = $1', [APP_ID, choice]);
  }

  /** As the API does it. */
  async close(): Promise<void> {
    await this.bench.owner.query(
      `UPDATE payment_orders SET close_requested_at = loomi_now(), due_at = loomi_now()
       WHERE id = $1 AND status IN ('pending', 'processing') AND close_requested_at IS NULL`,
      [this.orderId],
    );
  }

  expire(): Promise<void> {
    return this.bench.moveClock(PAST_EXPIRY_SECONDS);
  }

  /** Whether or not the order has ended at Lakala. */
  async pay(options: object = { late: true }): Promise<void> {
    await this.bench.control('POST', `orders/${this.outOrderNo}/pay`, options);
  }

  /** Lakala's message about the last payment, verified and kept as the API does it, and not yet read. Gives its id. */
  async notify(options: object = {}): Promise<string> {
    const { sent } = (await this.bench.control('POST', 'notifications', { out_order_no: this.outOrderNo, ...options })) as {
      sent: { authorization: string; body: unknown };
    };
    const part = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(sent.authorization)?.[1] ?? '';
    const { id } = await this.bench.one<{ id: string }>(
      `INSERT INTO notifications (id, out_order_no, raw, signed_text_prefix, signature, certificate)
       VALUES (gen_random_uuid(), $1, $2, $3, $4, $5) RETURNING id`,
      [
        this.outOrderNo,
        Buffer.from(JSON.stringify(sent.body)),
        `${part('timestamp')}\n${part('nonce_str')}\n`,
        part('signature'),
        this.bench.platformCertificates,
      ],
    );
    this.#unread.push(id);
    return id;
  }

  notificationWorker(db: DataSource = this.bench.db): NotificationWorker {
    const certificates = PlatformCertificates.fromPem(this.bench.platformCertificates);
    const inbox = { dataSource: db, turns: new PaymentTurns(db) };
    return new NotificationWorker(inbox, this.bench.journal(), certificates, async () => undefined);
  }

  /** The processor reads what lies in the inbox. */
  async read(): Promise<void> {
    const worker = this.notificationWorker();
    for (const id of this.#unread.splice(0)) await worker.work([id]);
  }

  /** The processor asks Lakala, whatever it asked before; a page that must not be paid any more is closed first. */
  async ask(): Promise<void> {
    await this.bench.owner.query(
      'UPDATE gateway_attempts SET hinted_at = loomi_now(), last_inquired_at = NULL, over = false WHERE payment_order_id = $1',
      [this.orderId],
    );
    await workOrder(this.bench, this.gateway, this.orderId);
  }

  /** Whatever is still to come comes: the message, once more, the questions, the refunds, the operators' decisions. */
  async settle(): Promise<void> {
    await this.notify();
    await this.read();
    await this.ask();
    await this.bench.decisionExecutor().runOnce();
    const refunds = this.bench.refundWorker(this.gateway);
    for (let pass = 0; pass < 5 && (await this.bench.workRefunds(refunds)) > 0; pass += 1);
    await this.notify();
    await this.read();
    await this.ask();
  }

  async end(): Promise<LateEnd> {
    const { orderId } = this;
    const list = async (sql: string): Promise<string[]> =>
      (await this.bench.owner.query<{ text: string }[]>(sql, [orderId])).map(({ text }) => text);
    const order = await this.bench.one<{ status: string; whole: boolean; refunded: number }>(
      `SELECT status, refunded_amount::int AS refunded, CASE status
         WHEN 'succeeded' THEN gateway_transaction_id IS NOT NULL AND paid_at IS NOT NULL AND failure_code IS NULL
           AND failure_message IS NULL AND lakala_callback->>'trade_no' = gateway_transaction_id
         ELSE gateway_transaction_id IS NULL AND paid_at IS NULL AND failure_code IS NOT NULL END AS whole
       FROM payment_orders WHERE id = $1`,
      [orderId],
    );
    const { events } = await this.bench.one<{ events: string }>(
      `SELECT count(*) AS events FROM events WHERE kind = 'refund' AND fields->>'payment_order_id' = $1::text`,
      [orderId],
    );
    const ledger = (await this.bench.control('GET', `ledger/${this.outOrderNo}`)) as LedgerOrder;
    return {
      status: order.status,
      whole: order.whole,
      events: await list(
        `SELECT (fields->>'old_status') || '>' || (fields->>'new_status') AS text FROM events WHERE subject_id = $1 ORDER BY seq`,
      ),
      anomalies: await list(
        `SELECT kind || CASE WHEN resolved_at IS NULL THEN '' ELSE ' resolved' END AS text FROM anomalies
         WHERE payment_order_id = $1 ORDER BY created_at, id`,
      ),
      refunds: await list(
        `SELECT status || ' ' || sends AS text FROM refund_orders WHERE payment_order_id = $1 AND anomaly_id IS NOT NULL ORDER BY id`,
      ),
      refundEvents: Number(events),
      refundedAmount: order.refunded,
      atLakala: { paid: ledger.paid_amount, refunded: ledger.refunded_amount, refunds: ledger.refunds.length },
    };
  }

  async anomalyId(kind = 'paid_late'): Promise<string> {
    const { id } = await this.bench.one<{ id: string }>('SELECT id FROM anomalies WHERE kind = $2 AND payment_order_id = $1', [
      this.orderId,
      kind,
    ]);
    return id;
  }
}

async function workOrder(bench: Workbench, gateway: LakalaGateway, orderId: string): Promise<void> {
  await bench.owner.query('UPDATE payment_orders SET due_at = loomi_now() WHERE id = $1', [orderId]);
  const [lease] = await bench.paymentLeases.claimThese([orderId]);
  if (lease) await bench.paymentWorker(gateway).work(lease, bench.paymentLeases);
}
