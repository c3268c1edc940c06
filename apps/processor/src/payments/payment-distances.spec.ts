import { Workbench } from '../../test/workbench.js';
import { LakalaGateway } from '../gateway/lakala.gateway.js';

const HALF_HOUR = 1_800;
const DAY = 86_400;

/** An order's life by the service's clock, at every distance from its expiry that makes a difference. */
describe('PaymentWorker by the clock', () => {
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

  const order = (id: string) =>
    bench.one<{ status: string; failure_code: string | null; page: boolean; rechecks: number }>(
      'SELECT status, failure_code, payment_url IS NOT NULL AS page, rechecks FROM payment_orders WHERE id = $1',
      [id],
    );
  const numberOf = async (id: string) =>
    (await bench.one<{ number: string }>('SELECT out_order_no AS number FROM gateway_attempts WHERE payment_order_id = $1', [id])).number;
  /** What Lakala knows of the order: its pages, and how often it was asked about each. */
  const atLakala = async (id: string) => {
    const rows = await bench.owner.query<{ number: string }[]>('SELECT out_order_no AS number FROM gateway_attempts WHERE payment_order_id = $1', [id]);
    const numbers = new Set(rows.map(({ number }) => number));
    return (await bench.ledger()).filter(({ out_order_no: number }) => numbers.has(number));
  };
  const statesAtLakala = async (id: string) => (await atLakala(id)).map((page) => page.order_status);
  const queries = async (id: string) => (await atLakala(id))[0]?.calls['query'] ?? 0;
  const workAll = async () => {
    const worker = bench.paymentWorker(bench.gateway(LakalaGateway));
    for (let pass = 0; pass < 10 && (await bench.workPayments(worker)) > 0; pass += 1);
  };
  /** Stops the clock this long after the moment, in seconds, so that a test may be slow. */
  const standAt = async (column: 'expires_at' | 'failed_at', id: string, seconds: number) => {
    const { moment } = await bench.one<{ moment: string }>(`SELECT ${column}::text AS moment FROM payment_orders WHERE id = $1`, [id]);
    await bench.stopClock(moment, seconds);
  };
  const closeAsked = (id: string) =>
    bench.owner.query('UPDATE payment_orders SET close_requested_at = loomi_now(), due_at = loomi_now() WHERE id = $1', [id]);

  it.each([
    [-30, 'processing', 1],
    [-29.999, 'pending', 0],
    [-0.001, 'pending', 0],
    [0, 'failed', 0],
    [3 * DAY, 'failed', 0],
  ])('first looked at %s s from its expiry, an order is %s and has %s pages', async (seconds, status, creates) => {
    const id = await bench.createPayment();
    await standAt('expires_at', id, seconds);
    await workAll();
    expect(await order(id)).toMatchObject({ status, failure_code: status === 'failed' ? 'expired' : null });
    expect(await atLakala(id)).toHaveLength(creates);
  });

  it.each([
    [-0.001, 'processing', '0'],
    [0, 'failed', '7'],
    [0.001, 'failed', '7'],
    [3 * DAY, 'failed', '7'],
  ])('an open page, looked at %s s from its expiry, leaves its order %s', async (seconds, status, there) => {
    const id = await bench.createPayment();
    await workAll();
    await standAt('expires_at', id, seconds);
    await workAll();
    expect((await order(id)).status).toBe(status);
    expect(await statesAtLakala(id)).toEqual([there]);
  });

  it.each([-60, 0, 60])('is paid when the payment came first, asked %s s from the expiry', async (seconds) => {
    const id = await bench.createPayment();
    await workAll();
    await bench.control('POST', `orders/${await numberOf(id)}/pay`, {});
    await standAt('expires_at', id, seconds);
    await workAll();
    expect((await order(id)).status).toBe('succeeded');
  });

  it('hands out no page whose answer comes at the expiry, and ends the order at Lakala first', async () => {
    const id = await bench.createPayment();
    await standAt('expires_at', id, -31);
    await bench.control('PUT', 'faults', { create: { slow: { rate: 1, ms: 500 } }, close: { http500: 1 }, query: { http500: 1 } });
    const working = workAll();
    while ((await atLakala(id)).length === 0);
    await standAt('expires_at', id, 0);
    await working;
    expect(await order(id)).toMatchObject({ status: 'processing', page: false });
    await bench.control('PUT', 'faults', {});
    await standAt('expires_at', id, 2);
    await workAll();
    expect(await order(id)).toMatchObject({ status: 'failed', failure_code: 'expired' });
    expect(await statesAtLakala(id)).toEqual(['7']);
  });

  it('takes a failed attempt of the payer for the last word only ten minutes past the expiry, by the time Lakala signed it', async () => {
    const id = await bench.createPayment();
    await workAll();
    const number = await numberOf(id);
    await bench.control('POST', `orders/${number}/fail`, {});
    // A Lakala that does not close and says "3" for good.
    await bench.control('PUT', 'faults', { close: { http500: { rate: 1, deed: false } } });
    await standAt('expires_at', id, 3_600);
    await workAll();
    expect((await order(id)).status).toBe('processing');
  });

  it('looks at a failed order that had a page after ten minutes, two hours and a day, and never again', async () => {
    const id = await bench.createPayment();
    await workAll();
    await closeAsked(id);
    await workAll();
    expect((await order(id)).status).toBe('failed');
    const before = await queries(id);
    for (const [place, after] of [600, 7_200, DAY].entries()) {
      await standAt('failed_at', id, after - 1);
      await workAll();
      expect([await queries(id), (await order(id)).rechecks]).toEqual([before + place, place]);
      await standAt('failed_at', id, after + 1);
      await workAll();
      expect([await queries(id), (await order(id)).rechecks]).toEqual([before + place + 1, place + 1]);
    }
    await standAt('failed_at', id, 400 * DAY);
    await workAll();
    expect(await queries(id)).toBe(before + 3);
  });

  it.each([600, 7_200, DAY])('raises what was paid late and nobody told of, %s s after the order failed', async (after) => {
    const id = await bench.createPayment();
    await workAll();
    await closeAsked(id);
    await workAll();
    for (const earlier of [600, 7_200, DAY].filter((seconds) => seconds < after)) {
      await standAt('failed_at', id, earlier);
      await workAll();
    }
    await bench.control('POST', `orders/${await numberOf(id)}/pay`, { late: true });
    await standAt('failed_at', id, after);
    await workAll();
    expect((await order(id)).status).toBe('failed');
    expect(await bench.owner.query('SELECT kind FROM anomalies WHERE payment_order_id = $1', [id])).toEqual([{ kind: 'paid_late' }]);
  });

  it('closes an order asked to close one second before its expiry as closed', async () => {
    const id = await bench.createPayment();
    await workAll();
    await standAt('expires_at', id, -1);
    await closeAsked(id);
    await standAt('expires_at', id, HALF_HOUR);
    await workAll();
    expect(await order(id)).toMatchObject({ status: 'failed', failure_code: 'closed' });
  });
});
