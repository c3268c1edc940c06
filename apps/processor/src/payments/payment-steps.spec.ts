import type { DataSource } from 'typeorm';
import { SilentLog } from '#platform/logging/log.js';
import { Workbench } from '../../test/workbench.js';
import { CreateBreaker } from '../gateway/create-breaker.js';
import { GatewayBudget } from '../gateway/gateway-budget.js';
import { PaymentTurns } from './payment-turns.js';
import { PaymentSteps } from './payment-steps.js';

const ACCOUNT = { merchantNo: '82229007392000A', termNo: 'D9261078' };
const LOST = { answer: { outcome: 'unknown', cause: 'no answer', signed: false }, callback: null, evidence: null, heard: [] } as const;

describe('PaymentSteps', () => {
  let bench: Workbench;
  let breaker: CreateBreaker;
  let budget: GatewayBudget;

  beforeEach(async () => {
    bench = await Workbench.open();
    breaker = new CreateBreaker(new SilentLog());
    budget = new GatewayBudget(1_000_000, breaker);
    budget.shareWith(1, Number.POSITIVE_INFINITY);
  });

  afterEach(async () => {
    await bench.close();
  });

  const stepsOn = (db: Pick<DataSource, 'createQueryRunner'>) =>
    new PaymentSteps({ dataSource: bench.db, turns: new PaymentTurns(db as DataSource) }, { budget, breaker }, ACCOUNT, bench.journal());

  async function leaseOne() {
    const [lease] = await bench.paymentLeases.claimDue(1);
    if (!lease) throw new Error('nothing is due');
    return lease;
  }

  it('gives the place of a create back whose beginning could not be committed', async () => {
    await bench.createPayment();
    const noCommit = {
      createQueryRunner: () => {
        const runner = bench.db.createQueryRunner();
        const query = runner.query.bind(runner);
        runner.query = (async (sql: string, values?: unknown[]) => {
          if (sql !== 'COMMIT') return query(sql, values) as Promise<unknown>;
          await query('ROLLBACK');
          throw new Error('the connection is gone');
        }) as typeof runner.query;
        return runner;
      },
    };
    const before = await places();
    await expect(stepsOn(noCommit).begin(await leaseOne())).rejects.toThrow('the connection is gone');
    expect(await places()).toBe(before);
  });

  /** How many creates may be under way. */
  async function places(): Promise<number> {
    const permits = [];
    for (let permit = budget.takeCreate(); permit; permit = budget.takeCreate()) permits.push(permit);
    for (const permit of permits) permit.end();
    return permits.length;
  }

  it('closes the page of a lost create while no other may be asked for', async () => {
    const id = await bench.createPayment();
    await bench.owner.query(
      `INSERT INTO gateway_attempts (id, payment_order_id, out_order_no, state, merchant_no, term_no, amount, begun_at)
       SELECT id, id, replace(id::text, '-', ''), 'abandoned', 'm', 't', amount, loomi_now() - interval '1 minute'
       FROM payment_orders WHERE id = $1`,
      [id],
    );
    for (let call = 0; call < 30 && breaker.isClosed; call += 1) await breaker.run(async () => LOST);
    expect(await stepsOn(bench.db).begin(await leaseOne())).toMatchObject({ do: 'call', what: 'inquire', closeFirst: true });
  });

  it('leases an order with its first step, for one of many that ask at once', async () => {
    const id = await bench.createPayment();
    const replicas = Array.from({ length: 6 }, () => stepsOn(bench.db));
    const claims = await Promise.all(replicas.map((replica) => replica.claim(id)));
    const held = claims.filter((claim) => claim !== null);
    expect(held).toMatchObject([{ id, no: 1, first: { do: 'call', what: 'create' } }]);
    const { leased } = await bench.one<{ leased: number }>(
      'SELECT extract(epoch FROM leased_until - loomi_now())::int AS leased FROM payment_orders WHERE lease_no = 1',
      [],
    );
    expect(leased).toBeGreaterThan(50);
    expect(await bench.owner.query('SELECT state FROM gateway_attempts')).toEqual([{ state: 'begun' }]);
  });

  it.each([
    ['that somebody works on', "leased_until = loomi_now() + interval '1 second'"],
    ['that is not due', "due_at = loomi_now() + interval '1 second'"],
  ])('leases no order %s', async (_, state) => {
    const id = await bench.createPayment();
    await bench.owner.query(`UPDATE payment_orders SET ${state} WHERE id = $1`, [id]);
    expect(await stepsOn(bench.db).claim(id)).toBeNull();
    expect(await bench.owner.query('SELECT 1 FROM gateway_attempts')).toEqual([]);
  });

  it('does not wait for an order that somebody else holds', async () => {
    const id = await bench.createPayment();
    await bench.owner.transaction(async (em) => {
      await em.query('SELECT 1 FROM payment_orders WHERE id = $1 FOR UPDATE', [id]);
      expect(await stepsOn(bench.db).claim(id)).toBeNull();
    });
    expect(await stepsOn(bench.db).claim(id)).toMatchObject({ no: 1 });
  });

  it('keeps the turn of an order that there is no call for', async () => {
    const id = await bench.createPayment();
    await bench.owner.query(`UPDATE payment_orders SET status = 'processing', due_at = loomi_now() - interval '1 hour' WHERE id = $1`, [id]);
    await bench.owner.query(
      `INSERT INTO gateway_attempts (id, payment_order_id, out_order_no, state, merchant_no, term_no, amount, begun_at)
       SELECT id, id, replace(id::text, '-', ''), 'payable', 'm', 't', amount, loomi_now() - interval '1 hour'
       FROM payment_orders WHERE id = $1`,
      [id],
    );
    budget.shareWith(1, 0);
    expect(await stepsOn(bench.db).begin(await leaseOne())).toEqual({ do: 'stop' });
    expect(await bench.one('SELECT due_at < loomi_now() AS due, leased_until AS lease FROM payment_orders', [])).toEqual({ due: true, lease: null });
  });
});
