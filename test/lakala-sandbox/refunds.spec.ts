import { Merchant, type Json } from './merchant.fixture.ts';

let lakala: Merchant;
beforeAll(async () => {
  lakala = await Merchant.start();
});
afterAll(() => lakala.stop());
afterEach(() => lakala.faults({}));

const GOOD = ['000000', 'BBS00000'];
const askedAbout = (data: Json): Json => ({
  merchant_no: data['merchant_no'],
  term_no: data['term_no'],
  out_trade_no: data['out_trade_no'],
});

describe('a refund', () => {
  it('succeeds, shows in its query and in the order', async () => {
    const { outOrderNo, refund } = await lakala.paidOrder();
    const data = refund();
    const answer = await lakala.call('refund', data);
    expect(GOOD).toContain(answer.body['code']);
    expect(answer.data).toMatchObject({
      out_trade_no: data['out_trade_no'],
      merchant_no: lakala.merchantNo,
      refund_amount: '100',
      total_amount: '12345',
      trade_state: 'SUCCESS',
      refund_type: 'PART',
      channel_ret_desc: 'RFD00000#成功',
    });
    const asked = await lakala.call('refund_query', askedAbout(data));
    expect(asked.data).toMatchObject({ trade_state: 'SUCCESS', refund_amount: 100, trade_no: answer.data['trade_no'] });
    const order = await lakala.query(outOrderNo);
    expect(order['order_status']).toBe('6');
    expect(order['order_trade_info_list']).toMatchObject([
      { trade_type: 'REFUND', trade_status: 'S', trade_amount: 100, trade_no: answer.data['trade_no'] },
      { trade_type: 'PAY', trade_status: 'S' },
    ]);
  });

  it('answers with either of the two success codes', async () => {
    const { refund } = await lakala.paidOrder();
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => lakala.call('refund', refund({ refund_amount: '1' }))),
    );
    expect(new Set(answers.map(({ body }) => body['code']))).toEqual(new Set(GOOD));
  });

  it('of an order made without support_refund is refused', async () => {
    const { outOrderNo, refund } = await lakala.paidOrder({ support_refund: undefined });
    expect((await lakala.call('refund', refund())).body['code']).toBe('SBX20001');
    expect((await lakala.ledger(outOrderNo))['refunded_amount']).toBe(0);
  });

  it('cannot take out more than was paid, however it is cut', async () => {
    const { outOrderNo, refund } = await lakala.paidOrder();
    expect((await lakala.call('refund', refund({ refund_amount: '12346' }))).body['code']).toBe('SBX20002');
    await lakala.call('refund', refund({ refund_amount: '12000' }));
    expect((await lakala.call('refund', refund({ refund_amount: '346' }))).body['code']).toBe('SBX20002');
    expect((await lakala.call('refund', refund({ refund_amount: '345' }))).data['trade_state']).toBe('SUCCESS');
    expect((await lakala.ledger(outOrderNo))['refunded_amount']).toBe(12345);
  });

  it('is made once for one out_trade_no', async () => {
    const { outOrderNo, refund } = await lakala.paidOrder();
    const data = refund();
    await lakala.call('refund', data);
    const again = await lakala.call('refund', data);
    expect(again.body['code']).toBe('SBX20003');
    expect(again.signed).toBe(true);
    expect((await lakala.ledger(outOrderNo))['refunded_amount']).toBe(100);
  });

  const wrong: [string, (data: Json) => Json, string][] = [
    ['the terminal of the request, not of the trade', () => ({ term_no: lakala.termNo }), 'SBX20403'],
    ['another merchant', () => ({ merchant_no: '822000000000000' }), 'SBX20403'],
    ['a trade nobody knows', () => ({ origin_trade_no: '2026010166000000000000' }), 'SBX20404'],
    ['the log number of another trade', () => ({ origin_log_no: '66000000000000' }), 'SBX20404'],
    [
      'only the merchant’s own order number',
      () => ({ origin_trade_no: undefined, origin_out_trade_no: 'mine' }),
      'SBX10001',
    ],
    ['no location', () => ({ location_info: undefined }), 'SBX10001'],
    ['an amount that is a JSON number', () => ({ refund_amount: 100 }), 'SBX10001'],
    ['a reason of 33 characters', () => ({ refund_reason: '因'.repeat(33) }), 'SBX10001'],
  ];
  it.each(wrong)('that names %s is refused', async (_, changes, code) => {
    const { outOrderNo, refund } = await lakala.paidOrder();
    const data = refund();
    const answer = await lakala.call('refund', { ...data, ...changes(data) });
    expect(answer.body['code']).toBe(code);
    expect(answer.signed).toBe(true);
    expect((await lakala.ledger(outOrderNo))['refunds']).toEqual([]);
  });

  it('nobody made is not found', async () => {
    const { refund } = await lakala.paidOrder();
    expect((await lakala.call('refund_query', askedAbout(refund()))).body['code']).toBe('SBX20405');
  });
});

describe('a refund that is not final at first', () => {
  it.each(['Init', 'Processing', 'Timeout', 'Exception'])(
    '%s ends as told once its time is over, and holds its amount till then',
    async (name) => {
      await lakala.faults({ refund: { [`state${name}`]: { rate: 1, ms: 60_000, then: 'FAIL', times: 1 } } });
      const { outOrderNo, refund } = await lakala.paidOrder();
      const data = refund({ refund_amount: '12345' });
      expect((await lakala.call('refund', data)).data['trade_state']).toBe(name.toUpperCase());
      expect((await lakala.query(outOrderNo))['order_status']).toBe('2');
      expect((await lakala.call('refund', refund())).body['code']).toBe('SBX20002');
      await lakala.control('PUT', '/control/clock', { offsetSeconds: 61 });
      expect((await lakala.call('refund_query', askedAbout(data))).data['trade_state']).toBe('FAIL');
      expect((await lakala.call('refund', refund())).data['trade_state']).toBe('SUCCESS');
      await lakala.control('PUT', '/control/clock', {});
    },
  );

  it('succeeds after a while unless told otherwise', async () => {
    await lakala.faults({ refund: { stateProcessing: { rate: 1, ms: 1 } } });
    const { outOrderNo, refund } = await lakala.paidOrder();
    const data = refund();
    await lakala.call('refund', data);
    await lakala.control('PUT', '/control/clock', { offsetSeconds: 1 });
    expect((await lakala.call('refund_query', askedAbout(data))).data['trade_state']).toBe('SUCCESS');
    expect((await lakala.query(outOrderNo))['order_status']).toBe('6');
    await lakala.control('PUT', '/control/clock', {});
  });

  it('an exception stays one until somebody settles it', async () => {
    await lakala.faults({ refund: { stateException: 1 } });
    const { refund } = await lakala.paidOrder();
    const data = refund();
    await lakala.call('refund', data);
    expect((await lakala.call('refund_query', askedAbout(data))).data['trade_state']).toBe('EXCEPTION');
    await lakala.control('POST', `/control/refunds/${String(data['out_trade_no'])}`, { state: 'SUCCESS' });
    expect((await lakala.call('refund_query', askedAbout(data))).data['trade_state']).toBe('SUCCESS');
  });

  it('that fails at once frees its amount', async () => {
    await lakala.faults({ refund: { stateFail: { rate: 1, times: 1 } } });
    const { refund } = await lakala.paidOrder();
    expect((await lakala.call('refund', refund({ refund_amount: '12345' }))).data['trade_state']).toBe('FAIL');
    expect((await lakala.call('refund', refund({ refund_amount: '12345' }))).data).toMatchObject({
      trade_state: 'SUCCESS',
      refund_type: 'ALL',
    });
  });
});

describe('the platform refunding by itself', () => {
  it('shows as a refund that the merchant never asked for', async () => {
    const { outOrderNo } = await lakala.paidOrder();
    expect((await lakala.control('POST', `/control/orders/${outOrderNo}/refund`, { amount: 45 })).status).toBe(200);
    expect((await lakala.query(outOrderNo))['order_status']).toBe('6');
    expect(await lakala.ledger(outOrderNo)).toMatchObject({
      refunded_amount: 45,
      refunds: [{ by: 'lakala', amount: 45 }],
    });
    await lakala.control('POST', `/control/orders/${outOrderNo}/refund`);
    expect((await lakala.ledger(outOrderNo))['refunded_amount']).toBe(12345);
    expect((await lakala.control('POST', `/control/orders/${outOrderNo}/refund`)).status).toBe(409);
  });
});
