import { readFileSync } from 'node:fs';
import { press } from '../e2e/press.ts';
import { until } from '../stack/until.ts';
import { startSteppedService, type SteppedService } from './stepped-service.ts';

interface CostCard {
  /** Statements of one lifecycle alone, by step. Changed together with the reason in the commit. */
  statements: Record<string, number>;
  /** Write-ahead log of one lifecycle, all parts together. */
  walBytes: number;
}

const CARD = JSON.parse(readFileSync(new URL('./cost-card.json', import.meta.url), 'utf8')) as CostCard;
const WAL_TOLERANCE = 0.1;
/** The first ones fill caches, pools and prepared pages. */
const WARM_UP = 3;
const LIFECYCLES = 21;

let service: SteppedService;

beforeAll(async () => {
  service = await startSteppedService();
});
afterAll(() => service.close());

/** Counts the statements of each step of one order's life, from the app's request to the event that says it is paid. */
async function live(merchantOrderId: string): Promise<Record<string, number>> {
  const counted: Record<string, number> = {};
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const before = service.statements();
    const result = await work();
    const after = service.statements();
    counted[name] = after.api - before.api + after.processor - before.processor;
    return result;
  };
  await service.renewBudget();
  await step('create (api)', () => service.app.create(merchantOrderId));
  await step('submit (processor)', () => service.workPayments());
  await step('relay of the page (processor)', () => service.relay());
  const order = await step('show (api)', () => service.app.payment(merchantOrderId));
  await step('notification (api)', async () => {
    await press(order.extra_data.payment_url ?? '', 'pay');
    await until('the notification', 20_000, async () => (await unread()) > 0);
  });
  await step('apply (processor)', () => service.readInbox());
  await step('relay of the payment (processor)', () => service.relay());
  expect((await service.app.payment(merchantOrderId)).status).toBe('succeeded');
  return counted;
}

async function unread(): Promise<number> {
  const { rows } = await service.books.query<{ count: number }>('SELECT count(*)::int AS count FROM notifications WHERE applied_at IS NULL');
  return rows[0]?.count ?? 0;
}

async function walPosition(): Promise<bigint> {
  const { rows } = await service.books.query<{ bytes: string }>(`SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') AS bytes`);
  return BigInt(rows[0]?.bytes ?? 0);
}

describe('one lifecycle', () => {
  beforeAll(async () => {
    for (let n = 0; n < WARM_UP; n += 1) await live(`WARM-UP-${n}`);
  });

  it('takes the statements that its card says', async () => {
    expect(await live('ALONE')).toEqual(CARD.statements);
  });

  it('writes as much log as its card says', async () => {
    const written: number[] = [];
    for (let n = 0; n < LIFECYCLES; n += 1) {
      const before = await walPosition();
      await live(`LOGGED-${n}`);
      written.push(Number((await walPosition()) - before));
    }
    const median = written.toSorted((one, other) => one - other)[(LIFECYCLES - 1) / 2] ?? 0;
    expect(Math.abs(median - CARD.walBytes) / CARD.walBytes).toBeLessThanOrEqual(WAL_TOLERANCE);
  });
});
