import { DataSource } from 'typeorm';
import { TaskPublisher } from '#domain/streams/task-publisher.js';
import { ApiUnderTest } from '../../test/api-under-test.js';
import { PaymentRows, type Terms } from './payment-rows.js';

const TERMS: Terms = { order_type: 'payment', amount: '1', currency: 'CNY', subject: 's', extra_data: {}, expires_in: 1800 };

let api: ApiUnderTest;
let appId: string;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  ({ appId } = await api.newApp());
});

afterAll(async () => {
  await api.stop();
});

/** As one more replica has them. */
const replica = (): PaymentRows => new PaymentRows(api.app.get(DataSource), api.app.get(TaskPublisher));
const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${prefix}-${n}`);

async function transactionsOf(work: () => Promise<unknown>): Promise<number> {
  const count = async (): Promise<number> => {
    const { rows } = await api.owner.query<{ xmin: string }>('SELECT DISTINCT xmin::text FROM payment_orders');
    return rows.length;
  };
  const before = await count();
  await work();
  return (await count()) - before;
}

describe('payment rows', () => {
  it('that come together share a commit', async () => {
    const rows = replica();
    const commits = await transactionsOf(async () => {
      const made = await Promise.all(names('together', 200).map((name) => rows.insert(appId, name, TERMS)));
      expect(made.map((row) => row?.merchant_order_id)).toEqual(names('together', 200));
    });
    expect(commits).toBe(1);
    const found = await Promise.all([...names('together', 200), 'nowhere'].map((name) => rows.find(appId, name)));
    expect(found.map((row) => row?.merchant_order_id)).toEqual([...names('together', 200), undefined]);
  });

  it('are not kept out by a bad one among them', async () => {
    const rows = replica();
    const [good, bad, other] = await Promise.allSettled([
      rows.insert(appId, 'beside-a-bad-one', TERMS),
      rows.insert('no-such-app', 'bad', TERMS),
      rows.insert(appId, 'also-beside', TERMS),
    ]);
    expect([good, other]).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }]);
    expect(bad).toMatchObject({ status: 'rejected', reason: { constraint: expect.stringContaining('app') as string } });
  });

  it('of the same names in two replicas at once, in whatever order, are each made once', async () => {
    for (let round = 0; round < 20; round += 1) {
      const wanted = names(`both-${round}`, 200);
      const [one, other] = [replica(), replica()];
      const results = await Promise.allSettled([
        ...wanted.map((name) => one.insert(appId, name, TERMS)),
        ...wanted.toReversed().map((name) => other.insert(appId, name, TERMS)),
      ]);
      expect(results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []))).toEqual([]);
      const made = results.flatMap((result) => (result.status === 'fulfilled' && result.value ? [result.value.merchant_order_id] : []));
      expect(made.toSorted()).toEqual(wanted.toSorted());
    }
  });
});
