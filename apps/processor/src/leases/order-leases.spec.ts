import { Workbench } from '../../test/workbench.js';

const PAST_THE_LEASE_SECONDS = 61;

describe('OrderLeases', () => {
  let bench: Workbench;

  beforeEach(async () => {
    bench = await Workbench.open();
  });

  afterEach(async () => {
    await bench.close();
  });

  it('gives an order to one worker, and to the next one when that lease is over', async () => {
    const id = await bench.createPayment();
    expect(await bench.paymentLeases.claimDue(10)).toEqual([{ id, no: 1 }]);
    expect(await bench.paymentLeases.claimDue(10)).toEqual([]);
    await bench.moveClock(PAST_THE_LEASE_SECONDS);
    expect(await bench.paymentLeases.claimDue(10)).toEqual([{ id, no: 2 }]);
  });

  it('gives nobody an order by a wake-up while somebody works on it', async () => {
    const id = await bench.createPayment();
    expect(await bench.paymentLeases.claimThese([id])).toEqual([{ id, no: 1 }]);
    expect(await bench.paymentLeases.claimThese([id])).toEqual([]);
    await bench.moveClock(PAST_THE_LEASE_SECONDS);
    expect(await bench.paymentLeases.claimThese([id])).toEqual([{ id, no: 2 }]);
  });

  it('gives an order to one of many that ask at once', async () => {
    const id = await bench.createPayment();
    const claims = Array.from({ length: 10 }, (_, n) => (n % 2 ? bench.paymentLeases.claimDue(10) : bench.paymentLeases.claimThese([id])));
    expect((await Promise.all(claims)).flat()).toEqual([{ id, no: 1 }]);
  });

  it('is not given back by a worker that lost it before it failed', async () => {
    const id = await bench.createPayment();
    await bench.paymentLeases.claimDue(1);
    await bench.moveClock(PAST_THE_LEASE_SECONDS);
    await bench.paymentLeases.claimDue(1);
    await bench.paymentLeases.failed({ id, no: 1 }, 'too late');
    const order = 'SELECT leased_until > loomi_now() AS leased, failures FROM payment_orders WHERE id = $1';
    expect(await bench.one(order, [id])).toEqual({ leased: true, failures: 0 });
  });
});
