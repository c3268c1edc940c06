import { Merchant, type CallResult, type Json } from './merchant.fixture.ts';

let lakala: Merchant;
beforeAll(async () => {
  lakala = await Merchant.start();
});
afterAll(() => lakala.stop());
afterEach(() => lakala.faults({}));

interface Tried {
  outOrderNo: string;
  answer: CallResult | null;
  /** Whether the order is in the ledger, and what became of its page. */
  page: unknown;
}

/** One create under the faults in force; a lost answer is null. */
async function tryCreate(timeoutMs = 10_000): Promise<Tried> {
  const data = lakala.orderData();
  const outOrderNo = String(data['out_order_no']);
  const answer = await lakala.call('create', data, AbortSignal.timeout(timeoutMs)).catch(() => null);
  return { outOrderNo, answer, page: (await lakala.ledger(outOrderNo))['page'] };
}

describe('each fault of a call', () => {
  it('droppedBefore: no answer, no deed', async () => {
    await lakala.faults({ create: { droppedBefore: 1 } });
    expect(await tryCreate()).toMatchObject({ answer: null, page: undefined });
  });

  it('droppedAfter: no answer, but the deed', async () => {
    await lakala.faults({ create: { droppedAfter: 1 } });
    expect(await tryCreate()).toMatchObject({ answer: null, page: 'answer_lost' });
  });

  it.each([true, false])('neverAnswered with deed %s', async (deed) => {
    await lakala.faults({ create: { neverAnswered: { rate: 1, deed } } });
    expect(await tryCreate(100)).toMatchObject({ answer: null, page: deed ? 'answer_lost' : undefined });
  });

  it.each([true, false])('http500 with deed %s: not JSON, not signed', async (deed) => {
    await lakala.faults({ create: { http500: { rate: 1, deed } } });
    expect(await tryCreate()).toMatchObject({
      answer: { status: 500, signed: false },
      page: deed ? 'answer_lost' : undefined,
    });
  });

  it('inDoubtCode: a signed code that says nothing, or the one asked for', async () => {
    await lakala.faults({ create: { inDoubtCode: { rate: 1, deed: true } } });
    const inDoubt = await tryCreate();
    expect(inDoubt).toMatchObject({ answer: { status: 200, signed: true, data: {} }, page: 'answer_lost' });
    expect(inDoubt.answer?.body['code']).not.toBe('000000');
    await lakala.faults({ create: { inDoubtCode: { rate: 1, deed: false, code: 'BBS11184' } } });
    expect(await tryCreate()).toMatchObject({ answer: { body: { code: 'BBS11184' } }, page: undefined });
  });

  it('unsigned: the good answer without a signature', async () => {
    await lakala.faults({ create: { unsigned: 1 } });
    const { answer, page } = await tryCreate();
    expect(answer).toMatchObject({ signed: false, body: { code: '000000' } });
    expect(answer?.headers.has('lklapi-signature')).toBe(false);
    expect(page).toBe('answer_lost');
  });

  it('wrongSignature: the good answer with a signature that does not fit', async () => {
    await lakala.faults({ create: { wrongSignature: 1 } });
    const { answer, page } = await tryCreate();
    expect(answer).toMatchObject({ signed: false, body: { code: '000000' } });
    expect(answer?.headers.has('lklapi-signature')).toBe(true);
    expect(page).toBe('answer_lost');
  });

  it('otherOrder: properly signed, and somebody else’s', async () => {
    await lakala.faults({ create: { otherOrder: 1 }, query: { otherOrder: 1 } });
    for (let round = 0; round < 2; round += 1) {
      const { outOrderNo, answer, page } = await tryCreate();
      expect(answer).toMatchObject({ signed: true, body: { code: '000000' } });
      expect(answer?.data['out_order_no']).toEqual(expect.any(String));
      expect(answer?.data['out_order_no']).not.toBe(outOrderNo);
      expect(page).toBe('answer_lost');
      expect((await lakala.query(outOrderNo))['out_order_no']).not.toBe(outOrderNo);
    }
  });

  it('slow: late, and lost to a client that does not wait', async () => {
    await lakala.faults({ create: { slow: { rate: 1, ms: 300 } } });
    const startMs = performance.now();
    expect((await tryCreate()).page).toBe('answered');
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(295);
    expect(await tryCreate(50)).toMatchObject({ answer: null, page: 'answer_lost' });
  });

  it('capacity: so many a second are answered, all endpoints together, the others never', async () => {
    const ask = (): Promise<boolean> =>
      lakala.call('query', { merchant_no: lakala.merchantNo, out_order_no: 'nobody' }, AbortSignal.timeout(1_500)).then(
        () => true,
        () => false,
      );
    await lakala.faults({ capacity: 1 });
    const answered = (await Promise.all(Array.from({ length: 8 }, ask))).filter(Boolean);
    expect(answered.length).toBeGreaterThanOrEqual(1);
    expect(answered.length).toBeLessThanOrEqual(4);
    expect((await lakala.control('GET', '/control/faults')).body).toEqual({ seed: null, capacity: 1 });
    await lakala.faults({});
    expect(await ask()).toBe(true);
  });

  it('none: the page is handed out', async () => {
    expect(await tryCreate()).toMatchObject({ answer: { status: 200, signed: true }, page: 'answered' });
  });
});

describe('the settings', () => {
  const codesOf = async (count: number): Promise<unknown[]> => {
    const codes: unknown[] = [];
    for (let call = 0; call < count; call += 1) {
      codes.push((await lakala.call('query', { merchant_no: lakala.merchantNo, out_order_no: 'nobody' })).body['code']);
    }
    return codes;
  };

  it('draw the same again from the same seed, whatever other endpoints are called in between', async () => {
    const settings = { seed: 7, query: { inDoubtCode: 0.5 }, create: { slow: { rate: 0.5, ms: 1 } } };
    await lakala.faults(settings);
    const first = await codesOf(20);
    await lakala.faults(settings);
    await lakala.order();
    expect(await codesOf(20)).toEqual(first);
    expect(first).toContain('SBX10404');
    expect(new Set(first).size).toBeGreaterThan(2);
  });

  it('strike as often as `times` says', async () => {
    await lakala.faults({ query: { inDoubtCode: { rate: 1, times: 2, code: 'BBS10000' } } });
    expect(await codesOf(4)).toEqual(['BBS10000', 'BBS10000', 'SBX10404', 'SBX10404']);
  });

  it('are shown as they were given, and are all gone after {}', async () => {
    const settings = {
      seed: 1,
      refund: { stateInit: { rate: 0.5, ms: 10, then: 'FAIL' } },
      notification: { lost: { rate: 0.1 } },
    };
    await lakala.faults(settings);
    expect((await lakala.control('GET', '/control/faults')).body).toEqual(settings);
    await lakala.faults({});
    expect((await lakala.control('GET', '/control/faults')).body).toEqual({ seed: null });
  });

  const bad: [string, Json][] = [
    ['an unknown endpoint', { creates: {} }],
    ['an unknown fault', { create: { dropped: 1 } }],
    ['a fault of notifications on a call', { query: { lost: 1 } }],
    ['a refund state elsewhere', { create: { stateInit: 1 } }],
    ['a rate above 1', { create: { slow: { rate: 2 } } }],
    ['no rate', { create: { slow: { ms: 5 } } }],
    ['an option of another fault', { create: { droppedAfter: { rate: 1, ms: 5 } } }],
    ['a fraction of a millisecond', { create: { slow: { rate: 1, ms: 0.5 } } }],
    ['a seed that is text', { seed: 'x' }],
    ['a capacity below zero', { capacity: -1 }],
    ['a rate that is text', { create: { slow: '1' } }],
  ];
  it.each(bad)('with %s are a 400 that changes nothing', async (_, settings) => {
    await lakala.faults({ seed: 5 });
    const { status, body } = await lakala.control('PUT', '/control/faults', settings);
    expect(status).toBe(400);
    expect(body['errors']).toHaveLength(1);
    expect((await lakala.control('GET', '/control/faults')).body).toEqual({ seed: 5 });
  });
});
