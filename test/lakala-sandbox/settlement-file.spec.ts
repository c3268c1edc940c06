import { readFileSync } from 'node:fs';
import { chinaTime } from './china-time.ts';
import { Merchant } from './merchant.fixture.ts';

let lakala: Merchant;
beforeEach(async () => {
  lakala = await Merchant.start();
});
afterEach(() => lakala.stop());

const write = (body: Record<string, unknown>) => lakala.control('POST', '/control/settlements', body);

test('the file of a day has its payments and refunds, and that of another day has none', async () => {
  await lakala.control('PUT', '/control/clock', { offsetSeconds: 0 });
  const { outOrderNo, refund } = await lakala.paidOrder();
  await lakala.call('refund', refund());
  const today = chinaTime(Date.now()).slice(0, 8);
  const { body } = await write({ date: today, amounts_in: 'yuan' });
  expect(body).toMatchObject({ name: `JY_${today}.txt`, lines: 2 });
  const [header = '', paid = '', back = '', end] = readFileSync(body['path'] as string, 'utf8').split('\n');
  expect(header.split('|')).toHaveLength(20);
  expect(header).toContain('|拉卡拉流水号|原拉卡拉流水号|卡号|支付渠道|银行名称|交易金额(元)|');
  expect(paid).toContain(`|123.45|0.47|122.98|${outOrderNo}|`);
  expect(back).toContain('|-1.00|0.00|-1.00|');
  expect(back.split('|')[7]).toBe(paid.split('|')[6]);
  expect(end).toBe('');
  expect((await write({ date: '2020-02-29' })).body).toMatchObject({ name: 'JY_20200229.txt', lines: 0 });
  expect((await write({ date: today, merchant_no: 'another' })).body).toMatchObject({ lines: 0 });
});

test.each([[{}], [{ date: '2026-02-30' }], [{ date: '../../x' }], [{ date: '2026-02-28', amounts_in: 'jiao' }]])('%j is refused', async (body) => {
  expect((await write(body)).status).toBe(400);
});
