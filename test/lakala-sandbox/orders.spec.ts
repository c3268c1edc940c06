import { chinaTime } from './china-time.ts';
import { Merchant, PATHS, type Json } from './merchant.fixture.ts';

let lakala: Merchant;
beforeAll(async () => {
  lakala = await Merchant.start();
});
afterAll(() => lakala.stop());

describe('who may ask', () => {
  const body = JSON.stringify({ req_time: chinaTime(Date.now()), version: '3.0', req_data: {} });

  it('a request with a wrong signature, account, serial or time gets an unsigned 401 and is counted', async () => {
    const stale = String(Math.floor(Date.now() / 1000) - 301);
    const early = String(Math.floor(Date.now() / 1000) + 302);
    const bad = [
      lakala.authorization(`${body} `),
      lakala.authorization(body, { appid: 'OP00000000' }),
      lakala.authorization(body, { serial_no: lakala.serialNo.replace(/^0+/, '') }),
      lakala.authorization(body, { timestamp: stale }),
      lakala.authorization(body, { timestamp: early }),
      lakala.authorization(body, { timestamp: 'soon' }),
      'Bearer nobody',
    ];
    for (const authorization of bad) {
      const answer = await lakala.post(PATHS.query, body, authorization);
      expect(answer.status).toBe(401);
      expect(answer.signed).toBe(false);
      expect(answer.body).toMatchObject({ code: 'SBX00401', message: expect.any(String) as string });
    }
    expect((await lakala.control('GET', '/control/calls')).body).toMatchObject({
      unauthenticated: bad.length,
      query: 0,
    });
  });

  it('a signed message that is not in the envelope gets a signed refusal', async () => {
    for (const message of [
      'no json',
      '[]',
      '{"req_data":{}}',
      '{"req_time":"20260101000000","version":"2.0","req_data":{}}',
    ]) {
      const answer = await lakala.post(PATHS.query, message, lakala.authorization(message));
      expect(answer.signed).toBe(true);
      expect(answer.body['code']).toBe('SBX00400');
      expect(answer.body).not.toHaveProperty('resp_data');
    }
  });
});

describe('special_create', () => {
  it('answers as the real platform does: string amount, channel 95, 29 digits, a page behind an encoded query', async () => {
    const answer = await lakala.call('create', lakala.orderData());
    expect(answer.signed).toBe(true);
    expect(answer.data).toMatchObject({ channel_id: '95', total_amount: '12345', merchant_no: lakala.merchantNo });
    expect(answer.data['pay_order_no']).toMatch(/^\d{29}$/);
    const page = String(answer.data['counter_url']);
    expect(page.length).toBeLessThanOrEqual(256);
    expect(page).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/r\/0000\?pageStyle%3DV2%26token%3D[\w%-]+%26amount%3D12345%26payOrderNo%3D\d{29}%26mndf%3D1$/,
    );
    expect((await fetch(page)).status).toBe(200);
  });

  it('refuses a repeated out_order_no with 000095 and without the page', async () => {
    const data = lakala.orderData();
    await lakala.call('create', data);
    const again = await lakala.call('create', data);
    expect(again.signed).toBe(true);
    expect(again.body['code']).toBe('000095');
    expect(again.raw.toString()).not.toContain('counter_url');
  });

  const day = 86_400_000;
  const badFields: [string, Json][] = [
    ['no number', { out_order_no: undefined }],
    ['a number of 33 characters', { out_order_no: 'x'.repeat(33) }],
    ['an amount that is a JSON number', { total_amount: 100 }],
    ['an amount with a fraction', { total_amount: '1.00' }],
    ['an amount of nothing', { total_amount: '0' }],
    ['an amount of 13 digits', { total_amount: '1'.repeat(13) }],
    ['no title', { order_info: '' }],
    ['a title of 65 characters', { order_info: '题'.repeat(65) }],
    ['a notify_url of 129 characters', { notify_url: `http://a/${'x'.repeat(120)}` }],
    ['a callback_url of 129 characters', { callback_url: `http://a/${'x'.repeat(120)}` }],
    ['an end that is no time', { order_efficient_time: '20260231000000' }],
    ['an end in the past', { order_efficient_time: chinaTime(Date.now() - 1000) }],
    ['an end in more than 7 days', { order_efficient_time: chinaTime(Date.now() + 7 * day + 60_000) }],
    ['a flag of 2', { support_refund: 2 }],
    ['a counter_param that is not JSON', { counter_param: 'ALIPAY' }],
  ];
  it.each(badFields)('refuses %s by a signed answer without resp_data', async (_, changes) => {
    const answer = await lakala.call('create', lakala.orderData(changes));
    expect(answer.signed).toBe(true);
    expect(answer.body['code']).toBe('SBX10001');
    // The one failure that spells msg as message.
    expect(answer.body).toHaveProperty('message');
    expect(answer.body).not.toHaveProperty('msg');
    expect(answer.body).not.toHaveProperty('resp_data');
  });

  it('takes what is exactly as long as allowed', async () => {
    const longest = {
      order_info: '题'.repeat(64),
      notify_url: `http://a/${'x'.repeat(119)}`,
      order_efficient_time: chinaTime(Date.now() + 7 * day - 2000),
      support_refund: '1',
    };
    expect((await lakala.call('create', lakala.orderData(longest))).body['code']).toBe('000000');
  });

  it('varies what means nothing: key order and quotes around the signature headers', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => lakala.call('create', lakala.orderData())));
    expect(new Set(answers.map((answer) => Object.keys(answer.body).join())).size).toBeGreaterThan(1);
    expect(new Set(answers.map((answer) => Object.keys(answer.data).join())).size).toBeGreaterThan(1);
    expect(new Set(answers.map((answer) => answer.headers.get('lklapi-serial')?.startsWith('"'))).size).toBe(2);
    expect(answers.every((answer) => answer.signed)).toBe(true);
  });

  it('names the platform certificate by its serial in lower-case hex without leading zeros', async () => {
    const { headers } = await lakala.call('create', lakala.orderData());
    const serial = headers.get('lklapi-serial')?.replaceAll('"', '');
    expect(serial).toBe(lakala.certificate.serialNumber.toLowerCase().replace(/^0+/, ''));
  });
});

describe('query and close', () => {
  it('a query gives the amount as a number and no page', async () => {
    const { outOrderNo } = await lakala.order();
    expect(await lakala.query(outOrderNo)).toMatchObject({
      order_status: '0',
      total_amount: 12345,
      order_trade_info_list: [],
    });
    expect(await lakala.query(outOrderNo)).not.toHaveProperty('counter_url');
  });

  it('an order is found by either number, and only by its own merchant', async () => {
    const { outOrderNo, data } = await lakala.order();
    const found = await lakala.call('query', { merchant_no: lakala.merchantNo, pay_order_no: data['pay_order_no'] });
    expect(found.data['out_order_no']).toBe(outOrderNo);
    const other = await lakala.call('query', { merchant_no: '822000000000000', out_order_no: outOrderNo });
    expect(other.body['code']).toBe('SBX10404');
    expect(other.signed).toBe(true);
  });

  it('an unpaid order is closed once, and then cannot be paid', async () => {
    const { outOrderNo } = await lakala.order();
    const key = { merchant_no: lakala.merchantNo, out_order_no: outOrderNo };
    expect((await lakala.call('close', key)).data).toMatchObject({ out_order_no: outOrderNo, order_status: '7' });
    expect((await lakala.call('close', key)).body['code']).toBe('SBX10409');
    expect((await lakala.query(outOrderNo))['order_status']).toBe('7');
    expect((await lakala.control('POST', `/control/orders/${outOrderNo}/pay`)).status).toBe(409);
  });

  it('a paid order cannot be closed', async () => {
    const { outOrderNo } = await lakala.paidOrder();
    const refused = await lakala.call('close', { merchant_no: lakala.merchantNo, out_order_no: outOrderNo });
    expect(refused.body['code']).toBe('SBX10409');
    expect(refused.signed).toBe(true);
    expect((await lakala.query(outOrderNo))['order_status']).toBe('2');
  });

  it('an unpaid order past its time has expired, by the sandbox clock', async () => {
    const { outOrderNo } = await lakala.order();
    await lakala.control('POST', `/control/orders/${outOrderNo}/fail`);
    await lakala.control('PUT', '/control/clock', { offsetSeconds: 290 });
    const early = await lakala.order({ order_efficient_time: chinaTime(Date.now() + 295_000) });
    expect((await lakala.query(early.outOrderNo))['order_status']).toBe('0');
    await lakala.control('PUT', '/control/clock', { offsetSeconds: 298 });
    expect((await lakala.query(early.outOrderNo))['order_status']).toBe('4');
    expect((await lakala.query(outOrderNo))['order_status']).toBe('3');
    await lakala.control('PUT', '/control/clock', {});
    expect((await lakala.query(early.outOrderNo))['order_status']).toBe('0');
  });

  it('every attempt is an entry of its own, newest first, on another terminal than the order named', async () => {
    const { outOrderNo } = await lakala.order();
    await lakala.control('POST', `/control/orders/${outOrderNo}/fail`);
    await lakala.control('POST', `/control/orders/${outOrderNo}/pay`, { payer_amount: 12000 });
    const order = await lakala.query(outOrderNo);
    const entries = order['order_trade_info_list'] as Json[];
    expect(entries.map((entry) => entry['trade_status'])).toEqual(['S', 'F']);
    expect(entries[0]).toMatchObject({ trade_type: 'PAY', trade_amount: 12345, payer_amount: 12000 });
    expect(entries[0]?.['log_No']).toMatch(/^\d{14}$/);
    expect(entries[0]).not.toHaveProperty('log_no');
    expect(entries[0]?.['settle_term_no']).toMatch(/^\w{8}$/);
    expect(entries[0]?.['settle_term_no']).not.toBe(lakala.termNo);
    expect(order['trans_term_no']).toBe(entries[0]?.['settle_term_no']);
  });

  it('an attempt under way outlives the closing of its order, and may still pay it', async () => {
    const { outOrderNo } = await lakala.order();
    await lakala.control('POST', `/control/orders/${outOrderNo}/begin`);
    expect((await lakala.query(outOrderNo))['order_status']).toBe('1');
    await lakala.call('close', { merchant_no: lakala.merchantNo, out_order_no: outOrderNo });
    const closed = await lakala.query(outOrderNo);
    expect(closed['order_status']).toBe('7');
    expect(closed['order_trade_info_list']).toMatchObject([{ trade_status: 'P' }]);
    await lakala.control('POST', `/control/orders/${outOrderNo}/pay`);
    const paid = await lakala.query(outOrderNo);
    expect(paid['order_status']).toBe('2');
    expect(paid['order_trade_info_list']).toMatchObject([{ trade_status: 'S' }]);
  });
});
