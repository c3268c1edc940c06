import { Workbench } from '../../test/workbench.js';
import { LakalaGateway } from '../gateway/lakala.gateway.js';

const HOUR = 3_600;
const DAY = 86_400;

/** A refund's life by the service's clock. */
describe('RefundWorker by the clock', () => {
  let bench: Workbench;

  beforeAll(async () => {
    bench = await Workbench.open();
  });

  afterAll(async () => {
    await bench.close();
  });

  beforeEach(async () => {
    await bench.moveClock(0);
    await bench.control('PUT', 'faults', {});
  });

  const refund = (id: string) =>
    bench.one<{ status: string; sends: number }>('SELECT status, sends FROM refund_orders WHERE id = $1', [id]);
  const reserved = async (paymentId: string) =>
    Number((await bench.one<{ fen: string }>('SELECT refund_reserved AS fen FROM trades WHERE payment_order_id = $1', [paymentId])).fen);
  const questions = async () => ((await bench.control('GET', 'calls')) as Record<string, number>)['refund_query'] ?? 0;
  const anomalies = async (id: string) =>
    (await bench.owner.query<{ kind: string }[]>('SELECT kind FROM anomalies WHERE refund_order_id = $1', [id])).map(({ kind }) => kind);
  const work = async () => {
    const worker = bench.refundWorker(bench.gateway(LakalaGateway));
    for (let pass = 0; pass < 5 && (await bench.workRefunds(worker)) > 0; pass += 1);
  };
  const standAfterSend = async (id: string, seconds: number) => {
    const { moment } = await bench.one<{ moment: string }>('SELECT last_sent_at::text AS moment FROM refund_orders WHERE id = $1', [id]);
    await bench.stopClock(moment, seconds);
    await work();
  };
  const paidPayment = async () => {
    const id = await bench.createPayment(100);
    const payments = bench.paymentWorker(bench.gateway(LakalaGateway));
    await bench.workPayments(payments);
    const { number } = await bench.one<{ number: string }>('SELECT out_order_no AS number FROM gateway_attempts WHERE payment_order_id = $1', [id]);
    await bench.control('POST', `orders/${number}/pay`, {});
    await bench.moveClock(7);
    await bench.workPayments(payments);
    await bench.moveClock(0);
    return id;
  };

  it('whose answer is lost is first asked about thirty seconds later, not a moment before', async () => {
    const payment = await paidPayment();
    await bench.control('PUT', 'faults', { refund: { droppedAfter: 1 } });
    const id = await bench.createRefund(payment, 40);
    await work();
    const before = await questions();
    await standAfterSend(id, 29.999);
    expect([await questions(), (await refund(id)).status]).toEqual([before, 'processing']);
    await standAfterSend(id, 30);
    expect([await questions(), (await refund(id)).status]).toEqual([before + 1, 'succeeded']);
  });

  it('that is unclear for a month is one anomaly, keeps its amount, is asked about all the time, and ends with the word that ends it', async () => {
    const payment = await paidPayment();
    await bench.control('PUT', 'faults', { refund: { stateException: 1 } });
    const id = await bench.createRefund(payment, 40);
    await work();
    for (const after of [30, HOUR, DAY, 3 * DAY, 30 * DAY]) {
      const before = await questions();
      await standAfterSend(id, after);
      expect(await questions()).toBe(before + 1);
      expect(await refund(id)).toEqual({ status: 'processing', sends: 1 });
      expect([await reserved(payment), await anomalies(id)]).toEqual([40, ['refund_unclear']]);
    }
    await bench.control('POST', `refunds/${id.replaceAll('-', '')}`, { state: 'FAIL' });
    await standAfterSend(id, 31 * DAY);
    expect((await refund(id)).status).toBe('failed');
    expect(await reserved(payment)).toBe(0);
  });

  it('that nobody answers for days is never taken for unknown, and so never sent again', async () => {
    const payment = await paidPayment();
    await bench.control('PUT', 'faults', { refund: { http500: { rate: 1, deed: true } }, refund_query: { http500: 1 } });
    const id = await bench.createRefund(payment, 40);
    await work();
    for (const after of [30, HOUR, DAY, 3 * DAY]) {
      await standAfterSend(id, after);
      expect(await refund(id)).toEqual({ status: 'processing', sends: 1 });
      expect(await reserved(payment)).toBe(40);
    }
    await bench.control('PUT', 'faults', {});
    await standAfterSend(id, 4 * DAY);
    expect(await refund(id)).toEqual({ status: 'succeeded', sends: 1 });
  });
});
