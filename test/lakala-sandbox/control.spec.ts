import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { Merchant, Receiver, until, type Json } from './merchant.fixture.ts';

let lakala: Merchant;
beforeEach(async () => {
  lakala = await Merchant.start();
});
afterEach(() => lakala.stop());

describe('the ledger', () => {
  it('counts the calls of each order and of each endpoint', async () => {
    const { outOrderNo, refund } = await lakala.paidOrder();
    const data = refund();
    await lakala.call('refund', data);
    await lakala.call('refund_query', {
      merchant_no: data['merchant_no'],
      term_no: data['term_no'],
      out_trade_no: data['out_trade_no'],
    });
    await lakala.call('close', { merchant_no: lakala.merchantNo, out_order_no: outOrderNo });
    const each = { create: 1, query: 1, close: 1, refund: 1, refund_query: 1 };
    expect((await lakala.ledger(outOrderNo))['calls']).toEqual(each);
    expect((await lakala.control('GET', '/control/calls')).body).toEqual({ ...each, unauthenticated: 0 });
  });

  it('lists every order with what was paid and refunded', async () => {
    const { outOrderNo, refund } = await lakala.paidOrder();
    await lakala.call('refund', refund());
    await lakala.order();
    const { body } = await lakala.control('GET', '/control/ledger');
    expect(body['totals']).toEqual({ orders: 2, paid_orders: 1, paid_amount: 12345, refunded_amount: 100 });
    expect(body['orders']).toMatchObject([
      {
        out_order_no: outOrderNo,
        order_status: '6',
        page: 'answered',
        paid_amount: 12345,
        refunds: [{ amount: 100, state: 'SUCCESS', by: 'merchant' }],
      },
      { order_status: '0', paid_amount: 0, page: 'answered' },
    ]);
  });

  it('survives a restart whole: orders, payments, refunds, counts, clock, faults and numbers', async () => {
    const { outOrderNo, refund } = await lakala.paidOrder();
    const data = refund();
    await lakala.call('refund', data);
    await lakala.faults({ query: { inDoubtCode: { rate: 1, times: 1, code: 'BBS10000' } } });
    expect(
      (await lakala.call('query', { merchant_no: lakala.merchantNo, out_order_no: outOrderNo })).body['code'],
    ).toBe('BBS10000');
    await lakala.control('PUT', '/control/clock', { offsetSeconds: 120 });
    const before = await lakala.ledger(outOrderNo);
    const account = lakala.termNo;
    await lakala.restart();
    expect(await lakala.ledger(outOrderNo)).toEqual(before);
    expect((await lakala.control('GET', '/control/clock')).body['offsetSeconds']).toBe(120);
    expect((await lakala.query(outOrderNo))['order_status']).toBe('6');
    expect((await lakala.call('refund', data)).body['code']).toBe('SBX20003');
    expect(lakala.termNo).toBe(account);
  });

  it('cuts off a last line that was half written when the sandbox died', async () => {
    const { outOrderNo } = await lakala.paidOrder();
    appendFileSync(join(lakala.dir, 'ledger.jsonl'), '{"t":"ended","outOr');
    await lakala.restart();
    const next = await lakala.order();
    await lakala.restart();
    expect((await lakala.ledger(outOrderNo))['paid_amount']).toBe(12345);
    expect((await lakala.ledger(next.outOrderNo))['page']).toBe('answered');
  });

  it('goes on delivering after a restart what was not acknowledged before', async () => {
    const webhook = await Receiver.start();
    webhook.acknowledge = false;
    const { outOrderNo } = await lakala.order({ notify_url: webhook.url });
    await lakala.control('POST', `/control/orders/${outOrderNo}/pay`);
    await until('the first delivery', () => webhook.deliveries.length === 1);
    await until(
      'its count',
      async () => ((await lakala.ledger(outOrderNo))['notifications'] as Json)['deliveries'] === 1,
    );
    await lakala.restart();
    webhook.acknowledge = true;
    await until(
      'the acknowledgement',
      async () => ((await lakala.ledger(outOrderNo))['notifications'] as Json)['acknowledged'] === 1,
    );
    await webhook.stop();
  });
});

describe('pressing by script', () => {
  const press = (outOrderNo: string, action: string, body?: Json): Promise<{ status: number; body: Json }> =>
    lakala.control('POST', `/control/orders/${outOrderNo}/${action}`, body);

  it('pays once, and a second time only when asked for it', async () => {
    const { outOrderNo } = await lakala.order();
    expect((await press(outOrderNo, 'pay', { trade_terminal: 'Z0000001', payer_amount: 1 })).body['order_status']).toBe(
      '2',
    );
    expect((await press(outOrderNo, 'pay')).status).toBe(409);
    expect((await press(outOrderNo, 'pay', { again: true })).status).toBe(200);
    expect(await lakala.ledger(outOrderNo)).toMatchObject({
      paid_amount: 24690,
      paid_trades: [{ term_no: 'Z0000001', payer_amount: 1 }, { payer_amount: 12345 }],
    });
  });

  it('pays an order that has ended only when told that it is late', async () => {
    const { outOrderNo } = await lakala.order();
    await press(outOrderNo, 'cancel');
    expect((await press(outOrderNo, 'pay', { again: true })).status).toBe(409);
    expect((await press(outOrderNo, 'pay', { late: true })).body['order_status']).toBe('2');
  });

  it('says clearly what cannot be', async () => {
    const { outOrderNo } = await lakala.order();
    expect(await press('nobody', 'pay')).toMatchObject({ status: 404, body: { error: 'no order nobody' } });
    expect((await press(outOrderNo, 'dance')).status).toBe(404);
    expect(await press(outOrderNo, 'pay', { payer_amount: 1.5, agian: true })).toMatchObject({
      status: 400,
      body: { errors: [expect.stringContaining('payer_amount'), expect.stringContaining('agian: unknown')] },
    });
    expect((await lakala.ledger(outOrderNo))['paid_amount']).toBe(0);
  });
});

describe('the clock', () => {
  it('moves by seconds or to a moment, and back', async () => {
    const nowOf = async (body: Json): Promise<number> =>
      Date.parse(String((await lakala.control('PUT', '/control/clock', body)).body['now'])) - Date.now();
    expect(await nowOf({ offsetSeconds: -3600 })).toBeLessThan(-3_500_000);
    const moved = await lakala.control('PUT', '/control/clock', { now: '2030-01-01T00:00:00Z' });
    expect(moved.body['now']).toMatch(/^2030-01-01T00:00:0/);
    expect(Math.abs(await nowOf({}))).toBeLessThan(5000);
  });

  it.each([
    [{ offsetSeconds: '1' }],
    [{ now: 'tomorrow' }],
    [{ now: '2030-01-01' }],
    [{ offset: 1 }],
    [{ offsetSeconds: 1, now: '2030-01-01T00:00:00Z' }],
  ])('refuses %j', async (body) => {
    expect((await lakala.control('PUT', '/control/clock', body)).status).toBe(400);
    expect((await lakala.control('GET', '/control/clock')).body['offsetSeconds']).toBe(0);
  });
});

describe('anything else', () => {
  it('is a JSON error that says what is wrong', async () => {
    expect(await lakala.control('GET', '/control/nothing')).toMatchObject({
      status: 404,
      body: { error: expect.any(String) as string },
    });
    expect(await lakala.control('POST', '/control/faults', {})).toMatchObject({ status: 405 });
    const notJson = await fetch(`${lakala.url}/control/faults`, { method: 'PUT', body: '{' });
    expect(notJson.status).toBe(400);
    expect(await notJson.json()).toEqual({ error: 'the body is not JSON' });
    const large = await fetch(`${lakala.url}/control/faults`, { method: 'PUT', body: ' '.repeat(70_000) });
    expect(large.status).toBe(413);
    expect((await lakala.control('GET', '/health')).body).toEqual({ status: 'ok' });
  });
});
