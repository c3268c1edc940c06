import { Merchant } from './merchant.fixture.ts';

let lakala: Merchant;
beforeAll(async () => {
  lakala = await Merchant.start();
});
afterAll(() => lakala.stop());

/** As a script presses a button: the form's own address, taken from the page. */
async function pressOn(page: string, button: string, form = ''): Promise<Response> {
  const html = await (await fetch(page)).text();
  const action = new RegExp(`<form[^>]* method="post" action="([^"]*/${button}\\?[^"]*)"`).exec(html)?.[1];
  if (action === undefined) throw new Error(`the page has no ${button} form`);
  return post(new URL(action, page).href, form);
}

function post(url: string, form = ''): Promise<Response> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return fetch(url, { method: 'POST', redirect: 'manual', headers, body: form });
}

const stateOf = async (page: string): Promise<string | undefined> =>
  /data-order-status="(\d)"/.exec(await (await fetch(page)).text())?.[1];

describe('the cashier page', () => {
  it('shows amount, title and merchant, and three forms whose address is the page’s own', async () => {
    const { page } = await lakala.order({ order_info: '会员 <b>VIP</b> & "more"', total_amount: '123456789' });
    const html = await (await fetch(page)).text();
    expect(html).toContain('1,234,567.89');
    expect(html).toContain('会员 &#60;b&#62;VIP&#60;/b&#62; &#38; &#34;more&#34;');
    expect(html).not.toContain('<b>VIP');
    expect(html).toContain(lakala.merchantNo);
    for (const button of ['pay', 'fail', 'cancel']) {
      const address = page.replace('?', `/${button}?`).slice(lakala.url.length);
      expect(html).toContain(`method="post" action="${address}"`);
    }
    expect(html).not.toContain('<script');
  });

  it('pays with the chosen way, once', async () => {
    const { page, outOrderNo } = await lakala.order();
    const pressed = await pressOn(page, 'pay', 'pay_mode=WECHAT');
    expect(pressed.status).toBe(303);
    expect(new URL(pressed.headers.get('location') ?? '', page).href).toBe(page);
    expect(await stateOf(page)).toBe('2');
    expect((await post(page.replace('?', '/pay?'))).status).toBe(409);
    expect(await lakala.ledger(outOrderNo)).toMatchObject({
      paid_amount: 12345,
      paid_trades: [{ pay_mode: 'WECHAT' }],
    });
  });

  it('lets a failed attempt be tried again', async () => {
    const { page } = await lakala.order();
    await pressOn(page, 'fail');
    expect(await stateOf(page)).toBe('3');
    await pressOn(page, 'pay');
    expect(await stateOf(page)).toBe('2');
  });

  it('ends with a cancel', async () => {
    const { page, outOrderNo } = await lakala.order();
    await pressOn(page, 'cancel');
    expect(await stateOf(page)).toBe('5');
    expect((await post(page.replace('?', '/pay?'))).status).toBe(409);
    expect((await lakala.ledger(outOrderNo))['paid_amount']).toBe(0);
  });

  it('offers only the way to pay that the merchant allowed', async () => {
    const { page } = await lakala.order({ counter_param: '{"pay_mode":"UNION"}' });
    const html = await (await fetch(page)).text();
    expect(html.match(/name="pay_mode"/g)).toHaveLength(1);
    expect((await post(page.replace('?', '/pay?'), 'pay_mode=ALIPAY')).status).toBe(409);
    expect((await post(page.replace('?', '/pay?'))).status).toBe(303);
  });

  it('leads back to the shop when it is over, to a web address only', async () => {
    const shop = await lakala.order({ callback_url: 'https://shop.example/back?a=1&b="2"' });
    expect(await (await fetch(shop.page)).text()).not.toContain('shop.example');
    await pressOn(shop.page, 'pay');
    expect(await (await fetch(shop.page)).text()).toContain('href="https://shop.example/back?a=1&#38;b=&#34;2&#34;"');
    const trap = await lakala.order({ callback_url: 'javascript:alert(1)' });
    await pressOn(trap.page, 'pay');
    expect(await (await fetch(trap.page)).text()).not.toContain('javascript:');
  });

  it('opens only by the link that was handed out, unchanged', async () => {
    const { page } = await lakala.order();
    const [path, query] = page.split('?') as [string, string];
    for (const changed of [
      path,
      `${path}?${decodeURIComponent(query)}`,
      `${path}?${query.replace('12345', '1')}`,
      `${path}?%`,
      `${page}x`,
    ]) {
      expect((await fetch(changed)).status).toBe(404);
    }
    // What a chat app or an analytics tool hangs on does no harm.
    expect((await fetch(`${page}&from=chat`)).status).toBe(200);
  });

  it('gives no buttons once the order is closed, expired or under way', async () => {
    const { page, outOrderNo } = await lakala.order();
    await lakala.control('POST', `/control/orders/${outOrderNo}/begin`);
    const underWay = await (await fetch(page)).text();
    expect(underWay).not.toContain('/cancel?');
    await lakala.control('POST', `/control/orders/${outOrderNo}/fail`);
    await lakala.call('close', { merchant_no: lakala.merchantNo, out_order_no: outOrderNo });
    expect(await stateOf(page)).toBe('7');
    expect(await (await fetch(page)).text()).not.toContain('<form');
    const expired = await lakala.order();
    await lakala.control('PUT', '/control/clock', { offsetSeconds: 1801 });
    expect(await stateOf(expired.page)).toBe('4');
    expect(await (await fetch(expired.page)).text()).not.toContain('<form');
    await lakala.control('PUT', '/control/clock', {});
  });
});
