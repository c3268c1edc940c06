import { SilentLog } from '#platform/logging/log.js';
import { until } from '../../../../test/stack/until.ts';
import { Workbench } from '../../test/workbench.js';
import { CreateBreaker } from '../gateway/create-breaker.js';
import { GatewayBudget } from '../gateway/gateway-budget.js';
import { createLane, Inquirer, questionLane } from './inquirer.js';
import { WorkInHand } from './work-in-hand.js';

const CALLS_PER_SECOND = 200;

describe('Inquirer', () => {
  let bench: Workbench;
  let budget: GatewayBudget;
  let worked: string[];
  let inHand: WorkInHand;

  beforeEach(async () => {
    bench = await Workbench.open();
    budget = new GatewayBudget(CALLS_PER_SECOND, new CreateBreaker(new SilentLog()));
    budget.shareWith(1, Number.POSITIVE_INFINITY);
    await until('the budget to be filled', 10_000, () => budget.questionRoom() >= 0.2 * CALLS_PER_SECOND);
    worked = [];
    inHand = new WorkInHand(64);
  });

  afterEach(async () => {
    await inHand.idle();
    await bench.close();
  });

  /** Open orders, due one after the other since an hour, the first longest. */
  async function openOrders(count: number, status: 'pending' | 'processing'): Promise<string[]> {
    const rows = await bench.owner.query<{ id: string }[]>(
      `INSERT INTO payment_orders (id, app_id, merchant_order_id, order_type, amount, subject, expires_in, expires_at, due_at)
       SELECT gen_random_uuid(), 'shop', $1 || n, 'payment', 1, 'a sale', 1800, loomi_now() + interval '30 minutes',
         loomi_now() - interval '1 hour' + n * interval '1 second' FROM generate_series(1, $2::int) n RETURNING id`,
      [`${status}-`, count],
    );
    const ids = rows.map(({ id }) => id);
    if (status === 'processing') await bench.owner.query(`UPDATE payment_orders SET status = 'processing' WHERE id = ANY($1)`, [ids]);
    return ids;
  }

  /** Takes one call for every order, as a worker would, and is done with it. */
  function inquirer(): Inquirer {
    const leases = bench.paymentLeases;
    const work = async ({ id }: { id: string }): Promise<void> => {
      const [row] = await bench.owner.query<{ status: string }[]>('SELECT status FROM payment_orders WHERE id = $1', [id]);
      if (row?.status === 'pending') budget.takeCreate()?.end();
      else budget.takeQuestion();
      await bench.owner.query(`UPDATE payment_orders SET due_at = loomi_now() + interval '1 day' WHERE id = $1`, [id]);
      worked.push(id);
    };
    return new Inquirer((ids) => leases.claimThese(ids), [createLane(leases, budget), questionLane(leases, budget, 'questions')], work, inHand);
  }

  it('leases no more than may be asked, what is due longest first', async () => {
    const ids = await openOrders(120, 'processing');
    const inquiries = inquirer();
    const begunMs = performance.now();
    while (worked.length < ids.length) {
      await inquiries.runOnce();
      const leased = await bench.one<{ count: string }>('SELECT count(*) FROM payment_orders WHERE lease_no > 0', []);
      const most = CALLS_PER_SECOND * (0.2 + (performance.now() - begunMs) / 1_000);
      expect(Number(leased.count)).toBeLessThanOrEqual(most);
    }
    // Those of one pass are worked on side by side.
    const places = worked.map((id) => ids.indexOf(id));
    for (const [place, index] of places.entries()) expect(Math.abs(index - place)).toBeLessThanOrEqual(64);
    expect(places.slice(0, 20).every((index) => index < 60)).toBe(true);
  });

  it('asks about money while no page may be asked for, however many orders wait for one', async () => {
    await openOrders(100, 'pending');
    const [asked] = await openOrders(1, 'processing');
    budget.createRoom = () => 0;
    await inquirer().runOnce();
    expect(await bench.one('SELECT lease_no AS no FROM payment_orders WHERE id = $1', [asked])).toEqual({ no: 1 });
    expect(await bench.one(`SELECT count(*)::int FROM payment_orders WHERE status = 'pending' AND lease_no > 0`, [])).toEqual({ count: 0 });
  });

  it('ends an order that waits for a page once it is expired or to be closed, and closes a page that nobody has', async () => {
    const [expired, closed, abandoned] = await openOrders(3, 'pending');
    budget.createRoom = () => 0;
    await bench.owner.query(
      `INSERT INTO gateway_attempts (id, payment_order_id, out_order_no, state, merchant_no, term_no, amount)
       SELECT id, id, replace(id::text, '-', ''), 'abandoned', 'm', 't', 1 FROM payment_orders WHERE id = $1`,
      [abandoned],
    );
    await bench.owner.query('UPDATE payment_orders SET close_requested_at = loomi_now() WHERE id = $1', [closed]);
    await inquirer().runOnce();
    const leased = async () => (await bench.owner.query<{ id: string }[]>('SELECT id FROM payment_orders WHERE lease_no > 0')).map(({ id }) => id).sort();
    expect(await leased()).toEqual([closed, abandoned].sort());
    await bench.moveClock(1_801);
    await inquirer().runOnce();
    expect(await leased()).toEqual([expired, closed, abandoned].sort());
  });

  it('works on no more woken orders than it may ask about', async () => {
    const ids = await openOrders(100, 'processing');
    const begunMs = performance.now();
    await inquirer().take(ids);
    expect(performance.now() - begunMs).toBeGreaterThanOrEqual(((100 - 2 * 0.2 * CALLS_PER_SECOND) / CALLS_PER_SECOND) * 1_000);
  });

  it('leaves woken orders to their turn while older ones wait', async () => {
    const newest = (await openOrders(200, 'processing')).at(-1) ?? '';
    const inquiries = inquirer();
    await inquiries.runOnce();
    await inquiries.take([newest]);
    expect(await bench.one('SELECT lease_no AS no FROM payment_orders WHERE id = $1', [newest])).toEqual({ no: 0 });
  });
});
