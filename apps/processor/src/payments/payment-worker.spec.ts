import type { PaymentWord } from '#domain/moves/apply-payment-answer.js';
import { Workbench } from '../../test/workbench.js';
import { LakalaGateway } from '../gateway/lakala.gateway.js';

/** The real gateway, held up where a test says so: a worker that is paused there. */
class SlowGateway extends LakalaGateway {
  beforeCreate: () => Promise<void> = async () => undefined;
  afterCreate: () => Promise<void> = async () => undefined;

  override async create(...call: Parameters<LakalaGateway['create']>): Promise<PaymentWord> {
    await this.beforeCreate();
    const word = await super.create(...call);
    await this.afterCreate();
    return word;
  }
}

interface Order {
  status: string;
  payment_url: string | null;
  failure_code: string | null;
  due_at: Date | null;
}

const PAST_THE_LEASE_SECONDS = 61;

describe('PaymentWorker', () => {
  let bench: Workbench;

  beforeEach(async () => {
    bench = await Workbench.open();
  });

  afterEach(async () => {
    await bench.close();
  });

  const order = (id: string) =>
    bench.one<Order>('SELECT status, payment_url, failure_code, due_at FROM payment_orders WHERE id = $1', [id]);
  const attempts = (id: string) =>
    bench.owner.query<{ state: string; over: boolean; out_order_no: string }[]>(
      'SELECT state, over, out_order_no FROM gateway_attempts WHERE payment_order_id = $1 ORDER BY begun_at',
      [id],
    );

  /** A message that nobody has applied yet. */
  const leaveUnread = (outOrderNo: string) =>
    bench.owner.query(
      `INSERT INTO notifications (id, out_order_no, raw, signed_text_prefix, signature, certificate)
       VALUES (gen_random_uuid(), $1, 'x', 'x', 'x', 'x')`,
      [outOrderNo],
    );

  /** Works until the order waits for something that only time or the payer brings. */
  const workAll = async (gateway: LakalaGateway) => {
    const worker = bench.paymentWorker(gateway);
    for (let pass = 0; pass < 10 && (await bench.workPayments(worker)) > 0; pass += 1);
  };

  it('makes a new order payable with one call', async () => {
    const id = await bench.createPayment();
    await workAll(bench.gateway(LakalaGateway));
    expect(await order(id)).toMatchObject({ status: 'processing', payment_url: expect.stringContaining('/r/') as string });
    expect(await bench.ledger()).toHaveLength(1);
  });

  it('ends its lease with the answer where nothing is to be done next, and never a lease of another', async () => {
    const isLeased = async (id: string) => {
      const { leased } = await bench.one<{ leased: boolean }>('SELECT leased_until IS NOT NULL AS leased FROM payment_orders WHERE id = $1', [id]);
      return leased;
    };
    const own = await bench.createPayment();
    await bench.workPayments(bench.paymentWorker(bench.gateway(LakalaGateway)));
    expect([(await order(own)).status, await isLeased(own)]).toEqual(['processing', false]);
    const lost = await bench.createPayment();
    const slow = bench.gateway(SlowGateway);
    slow.afterCreate = () => bench.owner.query('UPDATE payment_orders SET lease_no = lease_no + 1 WHERE id = $1', [lost]);
    await bench.workPayments(bench.paymentWorker(slow));
    expect([(await order(lost)).status, await isLeased(lost)]).toEqual(['processing', true]);
  });

  it.each(['before', 'after'] as const)(
    'never hands out a second page when a worker is paused %s its call for longer than its lease',
    async (when) => {
      const id = await bench.createPayment();
      const slow = bench.gateway(SlowGateway);
      const handedOut: (string | null)[] = [];
      slow[when === 'before' ? 'beforeCreate' : 'afterCreate'] = async () => {
        await bench.moveClock(PAST_THE_LEASE_SECONDS);
        await workAll(bench.gateway(LakalaGateway));
        handedOut.push((await order(id)).payment_url);
      };
      await bench.workPayments(bench.paymentWorker(slow));
      handedOut.push((await order(id)).payment_url);
      expect(handedOut[0]).toEqual(expect.stringContaining('/r/'));
      expect(new Set(handedOut).size).toBe(1);
      expect((await attempts(id)).map(({ state }) => state)).toEqual(['abandoned', 'payable']);
      // The page nobody has is closed at Lakala as soon as it can be.
      await workAll(bench.gateway(LakalaGateway));
      const given = (await attempts(id)).find(({ state }) => state === 'payable')?.out_order_no;
      const open = (await bench.ledger()).filter(({ order_status: status }) => status === '0');
      expect(open.map(({ out_order_no: number }) => number)).toEqual([given]);
    },
  );

  it('gives up an attempt whose answer is lost, and asks for a page under another number', async () => {
    await bench.control('PUT', 'faults', { create: { droppedAfter: { rate: 1, times: 1 } } });
    const id = await bench.createPayment();
    await workAll(bench.gateway(LakalaGateway));
    await bench.moveClock(2);
    await workAll(bench.gateway(LakalaGateway));
    const [lost, given] = await attempts(id);
    expect([lost?.state, given?.state]).toEqual(['abandoned', 'payable']);
    expect(lost?.out_order_no).not.toBe(given?.out_order_no);
    const known = await bench.ledger();
    expect(known.find((entry) => entry.out_order_no === lost?.out_order_no)).toMatchObject({ page: 'answer_lost', order_status: '7' });
  });

  it('credits money that came in on the attempt it gave up, and closes the other page', async () => {
    await bench.control('PUT', 'faults', { create: { droppedAfter: { rate: 1, times: 1 } }, close: { droppedBefore: 1 }, query: { http500: 1 } });
    const id = await bench.createPayment();
    await workAll(bench.gateway(LakalaGateway));
    const [lost] = await attempts(id);
    await bench.control('POST', `orders/${lost?.out_order_no}/pay`, {});
    await bench.control('PUT', 'faults', {});
    await bench.moveClock(30);
    await workAll(bench.gateway(LakalaGateway));
    expect(await order(id)).toMatchObject({ status: 'succeeded' });
    // The page it had asked for meanwhile must not be paid as well.
    expect((await bench.ledger()).map((entry) => entry.order_status).sort()).toEqual(['2', '7']);
  });

  it('stays processing for as long as the gateway is silent, and ends with its first word', async () => {
    const id = await bench.createPayment();
    await workAll(bench.gateway(LakalaGateway));
    await bench.control('PUT', 'faults', { query: { http500: 1 }, close: { http500: 1 } });
    for (const hours of [1, 24, 72]) {
      await bench.moveClock(hours * 3_600);
      await workAll(bench.gateway(LakalaGateway));
      expect(await order(id)).toMatchObject({ status: 'processing', due_at: expect.any(Date) as Date });
    }
    await bench.control('PUT', 'faults', {});
    await bench.moveClock(73 * 3_600);
    await workAll(bench.gateway(LakalaGateway));
    expect(await order(id)).toMatchObject({ status: 'failed', failure_code: 'expired' });
  });

  it('takes no answer that belongs to another order', async () => {
    const other = await bench.createPayment();
    await workAll(bench.gateway(LakalaGateway));
    const [{ out_order_no: paidNumber } = { out_order_no: '' }] = await attempts(other);
    const id = await bench.createPayment();
    await workAll(bench.gateway(LakalaGateway));
    await bench.control('POST', `orders/${paidNumber}/pay`, {});
    await bench.control('PUT', 'faults', { query: { otherOrder: 1 } });
    await bench.moveClock(7);
    await workAll(bench.gateway(LakalaGateway));
    expect(await order(id)).toMatchObject({ status: 'processing' });
    expect(await order(other)).toMatchObject({ status: 'processing' });
  });

  it('believes no answer that Lakala did not sign', async () => {
    const id = await bench.createPayment();
    await workAll(bench.gateway(LakalaGateway));
    const [{ out_order_no: number } = { out_order_no: '' }] = await attempts(id);
    await bench.control('POST', `orders/${number}/pay`, {});
    await bench.control('PUT', 'faults', { query: { wrongSignature: 1 } });
    await bench.moveClock(7);
    await workAll(bench.gateway(LakalaGateway));
    expect(await order(id)).toMatchObject({ status: 'processing' });
  });

  it('begins nothing once its lease is over', async () => {
    const id = await bench.createPayment();
    const [lease = { id, no: 0 }] = await bench.paymentLeases.claimDue(1);
    await bench.moveClock(PAST_THE_LEASE_SECONDS);
    await bench.paymentLeases.claimDue(1);
    await bench.paymentWorker(bench.gateway(LakalaGateway)).work(lease, bench.paymentLeases);
    expect(await attempts(id)).toEqual([]);
    expect(await bench.ledger()).toEqual([]);
  });

  it('tells every move', async () => {
    const id = await bench.createPayment();
    await workAll(bench.gateway(LakalaGateway));
    const [{ out_order_no: number } = { out_order_no: '' }] = await attempts(id);
    await bench.control('POST', `orders/${number}/pay`, {});
    await bench.moveClock(7);
    await workAll(bench.gateway(LakalaGateway));
    expect(await bench.movesToldOf(id)).toEqual(['pending > processing', 'processing > succeeded']);
  });

  it('reads the inbox before it fails an order', async () => {
    const id = await bench.createPayment();
    await workAll(bench.gateway(LakalaGateway));
    const [{ out_order_no: number } = { out_order_no: '' }] = await attempts(id);
    await leaveUnread(number);
    await bench.moveClock(1_801);
    await workAll(bench.gateway(LakalaGateway));
    expect(await order(id)).toMatchObject({ status: 'processing' });
    await bench.owner.query('UPDATE notifications SET applied_at = loomi_now()');
    await bench.moveClock(1_900);
    await workAll(bench.gateway(LakalaGateway));
    expect(await order(id)).toMatchObject({ status: 'failed' });
  });

  it('fails of many orders that end together those that have nothing in the inbox', async () => {
    const ids = await Promise.all([1, 2, 3].map(() => bench.createPayment()));
    await workAll(bench.gateway(LakalaGateway));
    const [, told = ''] = ids;
    const [{ out_order_no: number } = { out_order_no: '' }] = await attempts(told);
    await leaveUnread(number);
    await bench.moveClock(1_801);
    await workAll(bench.gateway(LakalaGateway));
    const states = await Promise.all(ids.map(async (id) => (await order(id))['status']));
    expect(states).toEqual(['failed', 'processing', 'failed']);
  });

  it('reads the inbox before it fails an order that was never payable', async () => {
    await bench.control('PUT', 'faults', { create: { droppedBefore: 1 } });
    const id = await bench.createPayment();
    await workAll(bench.gateway(LakalaGateway));
    const [{ out_order_no: number } = { out_order_no: '' }] = await attempts(id);
    await leaveUnread(number);
    await bench.owner.query('UPDATE payment_orders SET close_requested_at = loomi_now(), due_at = loomi_now() WHERE id = $1', [id]);
    await workAll(bench.gateway(LakalaGateway));
    expect(await order(id)).toMatchObject({ status: 'pending' });
    await bench.owner.query('UPDATE notifications SET applied_at = loomi_now()');
    await bench.moveClock(10);
    await workAll(bench.gateway(LakalaGateway));
    expect(await order(id)).toMatchObject({ status: 'failed', failure_code: 'closed' });
  });

  it('looks again at a failed order that had a page, and raises what was paid late', async () => {
    const id = await bench.createPayment();
    await workAll(bench.gateway(LakalaGateway));
    await bench.owner.query('UPDATE payment_orders SET close_requested_at = loomi_now(), due_at = loomi_now() WHERE id = $1', [id]);
    await workAll(bench.gateway(LakalaGateway));
    expect(await order(id)).toMatchObject({ status: 'failed', failure_code: 'closed' });
    const [{ out_order_no: number } = { out_order_no: '' }] = await attempts(id);
    await bench.control('POST', `orders/${number}/pay`, { late: true });
    await bench.moveClock(601);
    await workAll(bench.gateway(LakalaGateway));
    expect(await order(id)).toMatchObject({ status: 'failed' });
    expect(await bench.owner.query('SELECT kind, payment_order_id FROM anomalies')).toEqual([{ kind: 'paid_late', payment_order_id: id }]);
  });
});
