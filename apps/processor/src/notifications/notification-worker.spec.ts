import { PlatformCertificates } from '#lakala/platform-certificates.js';
import { Workbench } from '../../test/workbench.js';
import { LakalaGateway } from '../gateway/lakala.gateway.js';
import { PaymentTurns } from '../payments/payment-turns.js';
import { NotificationWorker } from './notification-worker.js';

interface Sent {
  sent: { authorization: string; body: unknown };
}

describe('NotificationWorker', () => {
  let bench: Workbench;
  let orderId: string;
  let outOrderNo: string;
  let woken: string[];

  beforeEach(async () => {
    bench = await Workbench.open();
    orderId = await bench.createPayment(100);
    await bench.workPayments(bench.paymentWorker(bench.gateway(LakalaGateway)));
    outOrderNo = (await bench.ledger())[0]?.out_order_no ?? '';
    woken = [];
  });

  afterEach(async () => {
    await bench.close();
  });

  /** A message of the sandbox, in the inbox as the API keeps it; `change` is what somebody did to the row. */
  async function keep(options: object, change: { signature?: string } = {}): Promise<string> {
    const { sent } = (await bench.control('POST', 'notifications', { out_order_no: outOrderNo, ...options })) as Sent;
    const part = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(sent.authorization)?.[1] ?? '';
    const { id } = await bench.one<{ id: string }>(
      `INSERT INTO notifications (id, out_order_no, raw, signed_text_prefix, signature, certificate)
       VALUES (gen_random_uuid(), $1, $2, $3, $4, 'kept for people') RETURNING id`,
      [
        outOrderNo,
        Buffer.from(JSON.stringify(sent.body)),
        `${part('timestamp')}\n${part('nonce_str')}\n`,
        change.signature ?? part('signature'),
      ],
    );
    return id;
  }

  async function apply(id: string): Promise<void> {
    const journal = bench.journal();
    const certificates = PlatformCertificates.fromPem(bench.platformCertificates);
    const inbox = { dataSource: bench.db, turns: new PaymentTurns(bench.db) };
    await new NotificationWorker(inbox, journal, certificates, async (order) => void woken.push(order)).work([id]);
  }

  const order = () =>
    bench.one<{ status: string; applied: boolean }>(
      `SELECT o.status, n.applied_at IS NOT NULL AS applied FROM payment_orders o, notifications n WHERE o.id = $1`,
      [orderId],
    );

  it("marks the order paid by Lakala's signed word", async () => {
    await bench.control('POST', `orders/${outOrderNo}/pay`, {});
    await apply(await keep({}));
    expect(await order()).toEqual({ status: 'succeeded', applied: true });
    expect(woken).toEqual([]);
  });

  it('believes no row that Lakala did not sign, whoever wrote it, and asks instead', async () => {
    const paid = { order_status: '2', trade_status: 'S', trade_type: 'PAY' };
    await apply(await keep(paid, { signature: 'none' }));
    expect(await order()).toEqual({ status: 'processing', applied: true });
    expect(woken).toEqual([orderId]);
  });

  it('applies two messages about one order at the same moment one after the other', async () => {
    await bench.control('POST', `orders/${outOrderNo}/pay`, {});
    const messages = [await keep({}), await keep({})];
    const applied: Promise<void>[] = [];
    await bench.holdRow('payment_orders', orderId, messages.map((id) => () => void applied.push(apply(id))));
    await Promise.all(applied);
    expect(await bench.owner.query('SELECT failures, applied_at IS NOT NULL AS applied FROM notifications')).toEqual([
      { failures: 0, applied: true },
      { failures: 0, applied: true },
    ]);
    expect(await bench.movesToldOf(orderId)).toEqual(['pending > processing', 'processing > succeeded']);
  });
});
