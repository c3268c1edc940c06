import { APP_ID, Workbench } from '../../apps/processor/test/workbench.ts';
import { LakalaGateway } from '../../apps/processor/src/gateway/lakala.gateway.ts';

const HOUR_MS = 3_600_000;
const SILENT_MS = Number(process.env.SILENT_HOURS ?? 72) * HOUR_MS;
const MINUTE_MS = 60_000;
const SILENCE = { create: { http500: { rate: 1, deed: false } }, query: { http500: 1 }, close: { http500: { rate: 1, deed: false } } };
const SILENT_REFUNDS = { refund: { http500: { rate: 1, deed: true } }, refund_query: { http500: 1 } };

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

interface Row {
  status: string;
  due_at: Date | null;
}

const payment = (id: string) => bench.one<Row>('SELECT status, due_at FROM payment_orders WHERE id = $1', [id]);
const refund = (id: string) => bench.one<Row & { sends: number }>('SELECT status, due_at, sends FROM refund_orders WHERE id = $1', [id]);

interface Moment {
  now: Date;
  paymentDue: boolean;
  refundDue: boolean;
  /** Whether neither has ended. */
  bothOpen: boolean;
}

/** Makes the service's clock one that stands until the test moves it. */
async function takeTheClock(): Promise<void> {
  await bench.owner.query('CREATE TABLE test_clock AS SELECT loomi_now() AS at');
  await bench.owner.query('GRANT SELECT ON test_clock TO PUBLIC');
  await bench.owner.query(
    `CREATE OR REPLACE FUNCTION loomi_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT at FROM test_clock'`,
  );
}

/** Moves the clock to when the order or the refund falls due next. */
async function toTheNext(orderId: string, refundId: string): Promise<Moment> {
  const [moments] = await bench.owner.query<[Moment[], number]>(
    `UPDATE test_clock SET at = greatest(at, least(o.due_at, r.due_at)) FROM payment_orders o, refund_orders r
     WHERE o.id = $1 AND r.id = $2
     RETURNING at AS now, o.due_at <= at AS "paymentDue", r.due_at <= at AS "refundDue",
       o.status = 'processing' AND r.status IN ('pending', 'processing') AS "bothOpen"`,
    [orderId, refundId],
  );
  const [moment] = moments;
  if (!moment) throw new Error('the clock has no row');
  return moment;
}

test('for 72 silent hours every question is asked on its schedule: soon at first, then every few minutes, and never in a rush', async () => {
  const gateway = bench.gateway(LakalaGateway);
  const [payments, refunds] = [bench.paymentWorker(gateway), bench.refundWorker(gateway)];
  const work = async () => {
    while ((await bench.workPayments(payments)) + (await bench.workRefunds(refunds)) > 0);
  };
  const [paidId, openId] = [await bench.createPayment(), await bench.createPayment()];
  await work();
  const numberOf = async (id: string) =>
    (await bench.one<{ number: string }>('SELECT out_order_no AS number FROM gateway_attempts WHERE payment_order_id = $1', [id])).number;
  await bench.control('POST', `orders/${await numberOf(paidId)}/pay`, {});
  await bench.moveClock(7);
  await work();
  await bench.control('PUT', 'faults', { ...SILENCE, ...SILENT_REFUNDS });
  const refundId = await bench.createRefund(paidId, 40);

  const number = await numberOf(openId);
  const questions = async () => (await bench.ledger()).find(({ out_order_no: known }) => known === number)?.calls['query'] ?? 0;
  const before = await questions();
  await takeTheClock();
  const asked: Record<'payment' | 'refund', number[]> = { payment: [], refund: [] };
  let moment = await toTheNext(openId, refundId);
  for (const endMs = moment.now.getTime() + SILENT_MS; moment.now.getTime() < endMs; moment = await toTheNext(openId, refundId)) {
    expect(moment.bothOpen).toBe(true);
    if (moment.paymentDue) asked.payment.push(moment.now.getTime());
    if (moment.refundDue) asked.refund.push(moment.now.getTime());
    if (moment.paymentDue) await bench.workPayments(payments);
    if (moment.refundDue) await bench.workRefunds(refunds);
  }

  // Once in six minutes and a quarter at least, once in five minutes at most; a refund half as often.
  expect(asked.payment.length).toBeGreaterThan(SILENT_MS / (6.25 * MINUTE_MS));
  expect(asked.payment.length).toBeLessThan(SILENT_MS / (5 * MINUTE_MS) + 30);
  expect(asked.refund.length).toBeGreaterThan(SILENT_MS / (12.5 * MINUTE_MS));
  expect(asked.refund.length).toBeLessThan(SILENT_MS / (10 * MINUTE_MS) + 30);
  expect((await refund(refundId)).sends).toBe(1);
  expect(await questions()).toBe(before + asked.payment.length);
  // Its first question is half a minute after the request whose answer never came.
  const [sentAt = 0, firstQuestionAt = 0] = asked.refund;
  expect(firstQuestionAt - sentAt).toBeGreaterThanOrEqual(30_000);
  expect(firstQuestionAt - sentAt).toBeLessThan(40_000);

  await bench.control('PUT', 'faults', {});
  await bench.owner.query("UPDATE test_clock SET at = at + interval '15 minutes'");
  await work();
  expect([(await payment(openId)).status, (await refund(refundId)).status]).toEqual(['failed', 'succeeded']);
  expect(await bench.owner.query('SELECT kind FROM anomalies WHERE app_id = $1', [APP_ID])).toEqual([]);
}, 580_000);
