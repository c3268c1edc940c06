import { domainDataSource } from '#domain/entities/domain-data-source.js';
import { lockPayment } from '#domain/moves/locked-payment.js';
import { SilentLog } from '#platform/logging/log.js';
import { endRefund, writePaidPayment, writeProcessingPayment } from '../../../../test/fixtures/payments.ts';
import { urlForRole } from '../../../../test/stack/databases.ts';
import { until } from '../../../../test/stack/until.ts';
import { ApiUnderTest } from '../../test/api-under-test.js';

interface Refund {
  id: string;
  status: string;
  merchant_refund_id: string | null;
}

let api: ApiUnderTest;
let appId: string;
let key: string;
let paymentId: string;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  ({ appId, key } = await api.newApp());
});

beforeEach(async () => {
  paymentId = (await writePaidPayment(api.owner, { appId, amount: 10_000 })).id;
});

afterAll(async () => {
  await api.stop();
});

const refund = (amount: number, more: object = {}) =>
  api.post('/api/v1/refund-orders', { key, body: { app_id: appId, payment_order_id: paymentId, amount, ...more } });
const idOf = (answer: { body: unknown }) => (answer.body as Refund).id;

async function reservedFen(): Promise<number> {
  const { rows } = await api.owner.query<{ refund_reserved: string }>(
    'SELECT refund_reserved FROM trades WHERE payment_order_id = $1',
    [paymentId],
  );
  return Number(rows[0]?.refund_reserved);
}

async function statementsThatWait(): Promise<number> {
  const { rows } = await api.owner.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  );
  return rows[0]?.count ?? 0;
}

describe('a refund', () => {
  it('is accepted with the payment named, and shown the same', async () => {
    const created = await refund(500, { reason: null });
    expect(created.status).toBe(202);
    expect(created.body).toMatchObject({
      app_id: appId,
      payment_order_id: paymentId,
      merchant_refund_id: null,
      status: 'pending',
      amount: 500,
      currency: 'CNY',
      reason: null,
      gateway_refund_id: null,
      extra_data: {},
      failure: null,
    });
    const shown = await api.get(`/api/v1/refund-orders/${idOf(created)}?app_id=${appId}`, { key });
    expect(shown.body).toEqual(created.body);
    expect(await reservedFen()).toBe(500);
  });

  it('is accepted while a processor works on its payment: were one to wait for the other, both might', async () => {
    const url = urlForRole(api.database.url, 'loomi_processor');
    const processor = await domainDataSource({ url, poolSize: 1, applicationName: 'processor', log: new SilentLog() }).initialize();
    const answer = await processor.transaction(async (em) => {
      await lockPayment(em, paymentId);
      return refund(500);
    });
    await processor.destroy();
    expect(answer.status).toBe(202);
  });

  it('never exceeds the payment with the others, however many race', async () => {
    // On a slow machine some are told to come again, as any app then does.
    const insist = async (id: string): ReturnType<typeof refund> => {
      const answer = await refund(1500, { merchant_refund_id: id });
      return answer.status === 503 ? insist(id) : answer;
    };
    const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => insist(`race-${paymentId.slice(-8)}-${n}`)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(6);
    const refused = answers.filter(({ status }) => status !== 202);
    for (const answer of refused) {
      expect(answer.status).toBe(409);
      expect(answer.body).toMatchObject({ code: 'refund_exceeds_refundable' });
    }
    expect(await reservedFen()).toBe(9000);
    expect((await refund(1001)).body).toMatchObject({ detail: expect.stringContaining('1000 fen') as unknown });
    expect((await refund(1000)).status).toBe(202);
  });

  it('repeated without an id while it is under way is the same refund, even all at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => refund(3000, { reason: 'broken' })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(idOf)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(19);
    expect(await reservedFen()).toBe(3000);
  });

  it('without an id is another one with another reason, and after the first has ended', async () => {
    const first = await refund(100, { reason: 'a' });
    expect(idOf(await refund(100, { reason: 'b' }))).not.toBe(idOf(first));
    expect(idOf(await refund(100))).not.toBe(idOf(first));
    await endRefund(api.owner, idOf(first), 'succeeded');
    const later = await refund(100, { reason: 'a' });
    expect(idOf(later)).not.toBe(idOf(first));
    expect(later.headers['idempotency-replayed']).toBeUndefined();
  });

  it('without an id is also the one under way that has an id', async () => {
    const first = await refund(100, { merchant_refund_id: `only-${paymentId}` });
    const again = await refund(100);
    expect(idOf(again)).toBe(idOf(first));
    expect(again.headers['idempotency-replayed']).toBe('true');
  });

  it('without an id is also the one with an id that is asked for at the same moment', async () => {
    const held = await api.owner.connect();
    const answers: ReturnType<typeof refund>[] = [];
    try {
      await held.query('BEGIN');
      await held.query('SELECT 1 FROM trades WHERE payment_order_id = $1 FOR UPDATE', [paymentId]);
      for (const more of [{ merchant_refund_id: `same-${paymentId}` }, {}]) {
        answers.push(refund(100, more));
        await until('the request to wait for the trade', 20_000, async () => (await statementsThatWait()) === answers.length);
      }
    } finally {
      await held.query('COMMIT');
      held.release();
    }
    const [first, second] = await Promise.all(answers);
    expect([first?.status, second?.status]).toEqual([202, 202]);
    expect(first?.body).toEqual(second?.body);
    expect(await reservedFen()).toBe(100);
  });

  it('with the id of another one is that one when equal, for ever, and a conflict that names the difference when not', async () => {
    const merchant_refund_id = `again-${paymentId}`;
    const first = await refund(100, { merchant_refund_id, reason: 'a' });
    await endRefund(api.owner, idOf(first), 'failed');
    const again = await refund(100, { merchant_refund_id, reason: 'a' });
    expect([again.status, idOf(again)]).toEqual([202, idOf(first)]);
    expect(again.body).toMatchObject({ status: 'failed', failure: { code: 'refused', message: 'RFD1: no' } });
    const other = await refund(101, { merchant_refund_id });
    expect(other.status).toBe(409);
    expect(other.body).toMatchObject({ code: 'merchant_refund_id_conflict' });
    expect((other.body as { detail: string }).detail).toMatch(/amount, reason/);
  });

  it('with one id for two payments at once is made for one of them', async () => {
    const other = await writePaidPayment(api.owner, { appId });
    const merchant_refund_id = `two-${paymentId}`;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => refund(100, { merchant_refund_id, payment_order_id: n % 2 ? other.id : paymentId })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(10).fill(202), ...Array<number>(10).fill(409)]);
    const { rows } = await api.owner.query('SELECT 1 FROM refund_orders WHERE merchant_refund_id = $1', [merchant_refund_id]);
    expect(rows).toHaveLength(1);
  });

  it('that fails gives its amount back', async () => {
    const first = await refund(10_000);
    expect((await refund(1)).status).toBe(409);
    await endRefund(api.owner, idOf(first), 'failed');
    expect((await refund(1)).status).toBe(202);
  });

  it('of a payment that has not succeeded is refused', async () => {
    const open = await writeProcessingPayment(api.owner, { appId });
    const answer = await refund(100, { payment_order_id: open.id });
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ code: 'payment_order_not_refundable' });
  });

  it("of another app's payment finds no payment", async () => {
    const other = await api.newApp();
    const theirs = await writePaidPayment(api.owner, { appId: other.appId });
    const answer = await refund(100, { payment_order_id: theirs.id });
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ code: 'payment_order_not_found' });
  });

  it("of another app is not shown, though its id is known", async () => {
    const created = await refund(100);
    const other = await api.newApp();
    const answer = await api.get(`/api/v1/refund-orders/${idOf(created)}?app_id=${other.appId}`, { key: other.key });
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ code: 'refund_order_not_found' });
  });
});

describe('the list of refunds', () => {
  it('narrows by payment, id of the app and status', async () => {
    const merchant_refund_id = `listed-${paymentId}`;
    const first = await refund(100, { merchant_refund_id });
    const second = await refund(200);
    await endRefund(api.owner, idOf(second), 'succeeded');
    const ids = async (query: string) => {
      const { body, status } = await api.get(`/api/v1/refund-orders?app_id=${appId}&${query}`, { key });
      expect(status).toBe(200);
      return (body as { data: Refund[] }).data.map(({ id }) => id);
    };
    expect(await ids(`payment_order_id=${paymentId}`)).toEqual([idOf(second), idOf(first)]);
    expect(await ids(`merchant_refund_id=${merchant_refund_id}`)).toEqual([idOf(first)]);
    expect(await ids(`payment_order_id=${paymentId}&status=succeeded`)).toEqual([idOf(second)]);
  });
});
