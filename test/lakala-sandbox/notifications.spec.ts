import { Merchant, Receiver, until, type Json } from './merchant.fixture.ts';
import { RETRY_AFTER_MS } from './notifications.ts';

let lakala: Merchant;
let webhook: Receiver;
beforeEach(async () => {
  lakala = await Merchant.start();
  webhook = await Receiver.start();
});
afterEach(async () => {
  await lakala.stop();
  await webhook.stop();
});

const press = (outOrderNo: string, action: string, body: Json = {}): Promise<{ status: number; body: Json }> =>
  lakala.control('POST', `/control/orders/${outOrderNo}/${action}`, body);
const arrivals = (count: number): Promise<boolean> =>
  until(`${count} deliveries`, () => webhook.deliveries.length >= count);
const counted = (outOrderNo: string, expected: Json): Promise<boolean> =>
  until(`the ledger to count ${JSON.stringify(expected)}`, async () => {
    const seen = (await lakala.ledger(outOrderNo))['notifications'] as Json;
    return Object.entries(expected).every(([name, value]) => seen[name] === value);
  });

const notificationsOf = async (outOrderNo: string): Promise<Json> =>
  (await lakala.ledger(outOrderNo))['notifications'] as Json;

/** Moves the clock on, step by step, until it has come to this. */
async function advanceUntil(stepSeconds: number, condition: () => boolean | Promise<boolean>): Promise<void> {
  await until('the clock to bring it about', async () => {
    if (await condition()) return true;
    const { body } = await lakala.control('GET', '/control/clock');
    await lakala.control('PUT', '/control/clock', { offsetSeconds: (body['offsetSeconds'] as number) + stepSeconds });
    return false;
  });
}

describe('a notification', () => {
  it('tells of a payment in the form of 2025, signed, and is done once acknowledged', async () => {
    const { outOrderNo, data } = await lakala.order({ notify_url: webhook.url });
    await press(outOrderNo, 'pay', { payer_amount: 12000 });
    await counted(outOrderNo, { made: 1, deliveries: 1, acknowledged: 1, waiting: 0 });
    const [delivery] = webhook.deliveries;
    expect(lakala.notificationHolds(delivery?.headers.authorization ?? '', delivery?.raw ?? Buffer.alloc(0))).toBe(
      true,
    );
    expect(delivery?.headers['content-type']).toBe('application/json');
    expect(delivery?.body).toMatchObject({
      out_order_no: outOrderNo,
      pay_order_no: data['pay_order_no'],
      merchant_no: lakala.merchantNo,
      term_no: lakala.termNo,
      channel_id: '95',
      order_status: '2',
      total_amount: 12345,
      order_trade_info: { trade_status: 'S', trade_type: 'PAY', trade_amount: 12345, payer_amount: 12000 },
    });
    const trade = delivery?.body['order_trade_info'] as Json;
    expect(trade['log_no']).toMatch(/^\d{14}$/);
    expect(trade).not.toHaveProperty('log_No');
    expect(trade).toHaveProperty('user_id1');
    expect(trade).toHaveProperty('user_id2');
    expect(delivery?.body['trans_term_no']).not.toBe(lakala.termNo);
  });

  it('tells of a failed attempt and of a cancel too, not of one that only began', async () => {
    const failed = await lakala.order({ notify_url: webhook.url });
    await press(failed.outOrderNo, 'begin');
    await press(failed.outOrderNo, 'fail');
    await arrivals(1);
    expect(webhook.deliveries[0]?.body).toMatchObject({ order_status: '3', order_trade_info: { trade_status: 'F' } });
    const cancelled = await lakala.order({ notify_url: webhook.url });
    await press(cancelled.outOrderNo, 'cancel');
    await arrivals(2);
    expect(webhook.deliveries[1]?.body).toMatchObject({
      order_status: '5',
      order_trade_info: { trade_type: 'CANCEL', trade_status: 'S' },
    });
  });

  it('is sent again by the schedule until acknowledged, each time signed afresh over the same body', async () => {
    webhook.acknowledge = false;
    const { outOrderNo } = await lakala.order({ notify_url: webhook.url });
    await press(outOrderNo, 'pay');
    await arrivals(1);
    // Two hours of retries: by the clock, since the schedule follows it.
    await advanceUntil(7200, () => webhook.deliveries.length >= 4);
    webhook.acknowledge = true;
    await advanceUntil(7200, async () => (await notificationsOf(outOrderNo))['acknowledged'] === 1);
    const { deliveries, waiting } = await notificationsOf(outOrderNo);
    expect(waiting).toBe(0);
    expect(deliveries).toBe(webhook.deliveries.length);
    const headers = webhook.deliveries.map((delivery) => delivery.headers.authorization ?? '');
    expect(new Set(headers).size).toBe(deliveries);
    expect(new Set(webhook.deliveries.map((delivery) => delivery.raw.toString())).size).toBe(1);
    expect(webhook.deliveries.every((delivery, at) => lakala.notificationHolds(headers[at] ?? '', delivery.raw))).toBe(
      true,
    );
  });

  it('waits for its time by the clock, and is not sent before', async () => {
    webhook.acknowledge = false;
    const { outOrderNo } = await lakala.order({ notify_url: webhook.url });
    const other = await lakala.order({ notify_url: webhook.url });
    await press(outOrderNo, 'pay');
    // Past the retries of seconds, which a busy machine might take for late ones: the next waits are minutes.
    await advanceUntil(10, async () => (await notificationsOf(outOrderNo))['deliveries'] === 5);
    const offset = (await lakala.control('GET', '/control/clock')).body['offsetSeconds'] as number;
    await lakala.control('PUT', '/control/clock', { offsetSeconds: offset + 120 });
    await press(other.outOrderNo, 'pay');
    await counted(other.outOrderNo, { made: 1, waiting: 1 });
    await until('the other delivery', () =>
      webhook.deliveries.some(({ body }) => body['out_order_no'] === other.outOrderNo),
    );
    expect((await notificationsOf(outOrderNo))['deliveries']).toBe(5);
    await lakala.control('PUT', '/control/clock', { offsetSeconds: offset + 180 });
    await counted(outOrderNo, { deliveries: 6 });
  });

  it('is given up when the schedule is through', async () => {
    expect(RETRY_AFTER_MS).toEqual(
      [1, 5, 5, 10, 3 * 60, 10 * 60, 20 * 60, 30 * 60, 3600, 7200].map((seconds) => seconds * 1000),
    );
    webhook.acknowledge = false;
    const { outOrderNo } = await lakala.order({ notify_url: webhook.url });
    await press(outOrderNo, 'pay');
    await advanceUntil(7200, async () => (await notificationsOf(outOrderNo))['waiting'] === 0);
    expect(await notificationsOf(outOrderNo)).toMatchObject({ deliveries: 1 + RETRY_AFTER_MS.length, acknowledged: 0 });
  });

  it('is not made up for an order without a notify_url', async () => {
    const { outOrderNo } = await lakala.order();
    await press(outOrderNo, 'pay');
    expect((await lakala.ledger(outOrderNo))['notifications']).toMatchObject({ made: 0 });
  });
});

describe('the faults of notifications', () => {
  it('lost: never sent', async () => {
    await lakala.faults({ notification: { lost: { rate: 1, times: 1 } } });
    const lost = await lakala.order({ notify_url: webhook.url });
    await press(lost.outOrderNo, 'pay');
    const next = await lakala.order({ notify_url: webhook.url });
    await press(next.outOrderNo, 'pay');
    await counted(next.outOrderNo, { acknowledged: 1 });
    expect((await lakala.ledger(lost.outOrderNo))['notifications']).toMatchObject({
      made: 1,
      lost: 1,
      deliveries: 0,
      waiting: 0,
    });
    expect(webhook.deliveries).toHaveLength(1);
  });

  it('repeated: sent once more although acknowledged', async () => {
    await lakala.faults({ notification: { repeated: { rate: 1, ms: 1 } } });
    const { outOrderNo } = await lakala.order({ notify_url: webhook.url });
    await press(outOrderNo, 'pay');
    await counted(outOrderNo, { deliveries: 2, acknowledged: 1, waiting: 0 });
  });

  it('delayed: sent when the time is over', async () => {
    await lakala.faults({ notification: { delayed: { rate: 1, ms: 3_600_000 } } });
    const { outOrderNo } = await lakala.order({ notify_url: webhook.url });
    await press(outOrderNo, 'pay');
    await counted(outOrderNo, { deliveries: 0, waiting: 1 });
    await lakala.control('PUT', '/control/clock', { offsetSeconds: 3600 });
    await counted(outOrderNo, { deliveries: 1, acknowledged: 1 });
  });

  it('reordered: overtaken by the next', async () => {
    await lakala.faults({ notification: { reordered: { rate: 1, ms: 3_600_000, times: 1 } } });
    const { outOrderNo } = await lakala.order({ notify_url: webhook.url });
    await press(outOrderNo, 'fail');
    await press(outOrderNo, 'pay');
    await arrivals(2);
    expect(webhook.deliveries.map(({ body }) => body['order_status'])).toEqual(['2', '3']);
  });
});

describe('a notification on demand', () => {
  const send = async (body: Json): Promise<Json> => (await lakala.control('POST', '/control/notifications', body)).body;
  const holds = (at: number): boolean => {
    const delivery = webhook.deliveries[at];
    return lakala.notificationHolds(delivery?.headers.authorization ?? '', delivery?.raw ?? Buffer.alloc(0));
  };

  it('carries what it is told to, and tells what the receiver said', async () => {
    const { outOrderNo } = await lakala.order({ notify_url: webhook.url });
    const answer = await send({
      out_order_no: outOrderNo,
      amount: 1,
      merchant_no: '822000000000000',
      timestamp: 1_700_000_000,
      fields: { extra: true },
    });
    expect(answer['received']).toMatchObject({ status: 200, acknowledged: true, body: '{"code":"SUCCESS"}' });
    expect(webhook.deliveries[0]?.body).toMatchObject({
      out_order_no: outOrderNo,
      order_status: '2',
      total_amount: 1,
      merchant_no: '822000000000000',
      extra: true,
      order_trade_info: { trade_status: 'S', trade_amount: 1 },
    });
    expect(webhook.deliveries[0]?.headers.authorization).toContain('timestamp="1700000000"');
    expect(holds(0)).toBe(true);
    // It is only talk: the ledger has seen no payment.
    expect((await lakala.ledger(outOrderNo))['paid_amount']).toBe(0);
  });

  it('can be forged or bare', async () => {
    const { outOrderNo } = await lakala.order({ notify_url: webhook.url });
    await send({ out_order_no: outOrderNo, wrongSignature: true });
    await send({ out_order_no: outOrderNo, unsigned: true });
    expect(holds(0)).toBe(false);
    expect(webhook.deliveries[0]?.headers.authorization).toMatch(/^LKLAPI-SHA256withRSA timestamp="\d+",nonce_str=/);
    expect(webhook.deliveries[1]?.headers).not.toHaveProperty('authorization');
  });

  it('comes in the camelCase form of 2021', async () => {
    const { outOrderNo } = await lakala.order({ notify_url: webhook.url });
    await send({ out_order_no: outOrderNo, form: '2021', trade_type: 'REFUND' });
    expect(webhook.deliveries[0]?.body).toMatchObject({
      merchantOrderNo: outOrderNo,
      payStatus: 'S',
      tradeType: 'REFUND',
      amount: 12345,
    });
    expect(webhook.deliveries[0]?.body).not.toHaveProperty('order_status');
    expect(holds(0)).toBe(true);
  });

  it('may be about an order that does not exist', async () => {
    await send({ out_order_no: 'nobody', notify_url: webhook.url });
    expect(webhook.deliveries[0]?.body).toMatchObject({ out_order_no: 'nobody', order_status: '2' });
    expect((await lakala.control('POST', '/control/notifications', { out_order_no: 'nobody' })).status).toBe(400);
  });
});
