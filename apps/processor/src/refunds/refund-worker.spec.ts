import type { RefundWord } from '#domain/moves/apply-refund-answer.js';
import { Workbench } from '../../test/workbench.js';
import { LakalaGateway } from '../gateway/lakala.gateway.js';

/** The real gateway, held up where a test says so: a worker that is paused there. */
class SlowGateway extends LakalaGateway {
  beforeRefund: () => Promise<void> = async () => undefined;
  afterRefund: () => Promise<void> = async () => undefined;
  afterQuestion: () => Promise<void> = async () => undefined;

  override async refund(...call: Parameters<LakalaGateway['refund']>): Promise<RefundWord> {
    await this.beforeRefund();
    const word = await super.refund(...call);
    await this.afterRefund();
    return word;
  }

  override async inquireRefund(...call: Parameters<LakalaGateway['inquireRefund']>): Promise<RefundWord> {
    const word = await super.inquireRefund(...call);
    await this.afterQuestion();
    return word;
  }
}

interface Refund {
  status: string;
  sends: number;
  failure_code: string | null;
}

describe('RefundWorker', () => {
  let bench: Workbench;
  let paymentId: string;

  beforeEach(async () => {
    bench = await Workbench.open();
    paymentId = await bench.createPayment(100);
    const payments = bench.paymentWorker(bench.gateway(LakalaGateway));
    await bench.workPayments(payments);
    await bench.control('POST', `orders/${(await bench.ledger())[0]?.out_order_no}/pay`, {});
    await bench.moveClock(7);
    await bench.workPayments(payments);
  });

  afterEach(async () => {
    await bench.close();
  });

  const work = async (gateway = bench.gateway(LakalaGateway), mayResend = true) => {
    const worker = bench.refundWorker(gateway, mayResend);
    for (let pass = 0; pass < 5 && (await bench.workRefunds(worker)) > 0; pass += 1);
  };
  const refund = (id: string) =>
    bench.one<Refund>('SELECT status, sends, failure_code FROM refund_orders WHERE id = $1', [id]);
  const refundsAtLakala = async () => (await bench.ledger())[0]?.refunds ?? [];
  const reserved = async () => {
    const { fen } = await bench.one<{ fen: string }>('SELECT refund_reserved AS fen FROM trades WHERE payment_order_id = $1', [paymentId]);
    return Number(fen);
  };

  it('names the terminal of the paid trade and books the success', async () => {
    const id = await bench.createRefund(paymentId, 40);
    await work();
    expect(await refund(id)).toMatchObject({ status: 'succeeded', sends: 1 });
    expect(await bench.one('SELECT refunded_amount::int AS fen FROM payment_orders WHERE id = $1', [paymentId])).toEqual({ fen: 40 });
  });

  it('asks about a refund whose answer is lost, half a minute later, and never sends it under another number', async () => {
    await bench.control('PUT', 'faults', { refund: { droppedAfter: { rate: 1, times: 1 } } });
    const id = await bench.createRefund(paymentId, 40);
    await work();
    await bench.moveClock(25);
    await work();
    expect(await refund(id)).toMatchObject({ status: 'processing', sends: 1 });
    await bench.moveClock(40);
    await work();
    expect(await refund(id)).toMatchObject({ status: 'succeeded', sends: 1 });
    expect(await refundsAtLakala()).toHaveLength(1);
  });

  it('sends a refund that never arrived again, under the same number', async () => {
    await bench.control('PUT', 'faults', { refund: { droppedBefore: { rate: 1, times: 1 } } });
    const id = await bench.createRefund(paymentId, 40);
    await work();
    await bench.moveClock(40);
    await work();
    expect(await refund(id)).toMatchObject({ status: 'succeeded', sends: 2 });
    expect(await refundsAtLakala()).toMatchObject([{ out_trade_no: id.replaceAll('-', ''), amount: 40 }]);
  });

  it('never sends again where that is forbidden', async () => {
    await bench.control('PUT', 'faults', { refund: { droppedBefore: { rate: 1, times: 1 } } });
    const id = await bench.createRefund(paymentId, 40);
    await work();
    for (const seconds of [40, 400, 4_000]) {
      await bench.moveClock(seconds);
      await work(bench.gateway(LakalaGateway), false);
    }
    expect(await refund(id)).toMatchObject({ status: 'processing', sends: 1 });
    expect(await reserved()).toBe(40);
  });

  it('frees the amount on a definite refusal of its only send', async () => {
    await bench.control('PUT', 'faults', { refund: { inDoubtCode: { rate: 1, code: '710050', deed: false } } });
    const id = await bench.createRefund(paymentId, 40);
    await work();
    expect(await refund(id)).toMatchObject({ status: 'failed', failure_code: 'refused' });
    expect(await reserved()).toBe(0);
  });

  it('frees nothing on a refusal of a request that was sent before', async () => {
    await bench.control('PUT', 'faults', { refund: { droppedBefore: { rate: 1, times: 1 } } });
    const id = await bench.createRefund(paymentId, 40);
    await work();
    await bench.control('PUT', 'faults', { refund: { inDoubtCode: { rate: 1, code: '710050', deed: true } } });
    await bench.moveClock(40);
    await work();
    expect(await refund(id)).toMatchObject({ status: 'processing', sends: 2 });
    expect(await reserved()).toBe(40);
    await bench.moveClock(90);
    await work();
    expect(await refund(id)).toMatchObject({ status: 'succeeded' });
    expect(await refundsAtLakala()).toHaveLength(1);
  });

  it('is paid once when a worker is paused before its call for longer than its lease', async () => {
    const slow = bench.gateway(SlowGateway);
    const id = await bench.createRefund(paymentId, 40);
    slow.beforeRefund = async () => {
      slow.beforeRefund = async () => undefined;
      await bench.moveClock(100);
      await work();
    };
    await bench.workRefunds(bench.refundWorker(slow));
    expect(await refund(id)).toMatchObject({ status: 'succeeded', sends: 2 });
    expect(await refundsAtLakala()).toHaveLength(1);
    expect(await reserved()).toBe(40);
  });

  it('tells every move', async () => {
    const id = await bench.createRefund(paymentId, 40);
    await work();
    expect(await bench.movesToldOf(id)).toEqual(['pending > processing', 'processing > succeeded']);
  });

  it('sends nothing once its lease is over', async () => {
    const id = await bench.createRefund(paymentId, 40);
    const [lease = { id, no: 0 }] = await bench.refundLeases.claimDue(1);
    await bench.moveClock(100);
    await bench.refundLeases.claimDue(1);
    await bench.refundWorker(bench.gateway(LakalaGateway)).work(lease, bench.refundLeases);
    expect(await refund(id)).toMatchObject({ status: 'pending', sends: 0 });
    expect(await refundsAtLakala()).toEqual([]);
  });

  it('frees nothing on a refused question, which says nothing about the refund', async () => {
    const refused = { inDoubtCode: { rate: 1, code: '710050', deed: false } };
    await bench.control('PUT', 'faults', { refund: { droppedBefore: { rate: 1, times: 1 } }, refund_query: refused });
    const id = await bench.createRefund(paymentId, 40);
    await work();
    await bench.moveClock(40);
    await work();
    expect(await refund(id)).toMatchObject({ status: 'succeeded', sends: 2 });
    expect(await reserved()).toBe(40);
  });

  it('books two answers that come at the same moment once', async () => {
    const [first, second] = [bench.gateway(SlowGateway), bench.gateway(SlowGateway)];
    const id = await bench.createRefund(paymentId, 40);
    let begun: Promise<unknown> = Promise.resolve();
    let held: Promise<unknown> = Promise.resolve();
    // The first worker has its answer, and sleeps until the second one has another: then both go on at once.
    first.afterRefund = async () => {
      await bench.moveClock(100);
      await new Promise<void>((bothAnswered) => {
        second.afterQuestion = () =>
          new Promise<void>((goOn) => {
            held = bench.holdRow('refund_orders', id, [bothAnswered, goOn]);
          });
        begun = bench.workRefunds(bench.refundWorker(second));
      });
    };
    await bench.workRefunds(bench.refundWorker(first));
    await Promise.all([held, begun]);
    expect(await refund(id)).toMatchObject({ status: 'succeeded' });
    expect(await bench.one('SELECT failures FROM refund_orders WHERE id = $1', [id])).toEqual({ failures: 0 });
    expect(await bench.movesToldOf(id)).toEqual(['pending > processing', 'processing > succeeded']);
  });
});
