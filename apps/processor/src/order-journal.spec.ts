import { AppLabels } from '#domain/apps/app-labels.js';
import { ANOMALY_KINDS } from '#domain/orders/anomaly-kinds.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { OrderTraces } from '#platform/tracing/order-traces.js';
import { TraceCollector } from '../../../test/stack/trace-collector.ts';
import { openStreamWorld, type StreamWorld } from '../../../test/fixtures/relay-world.ts';
import { OrderJournal, type Moved } from './order-journal.js';

const metrics = new Metrics(false);
let world: StreamWorld;
let labels: AppLabels;
let journal: OrderJournal;
let rings = 0;

beforeAll(async () => {
  world = await openStreamWorld();
  await world.owner.query(`INSERT INTO apps (app_id) VALUES ('shop')`);
  labels = new AppLabels(world.dataSource);
  journal = new OrderJournal(world.log, metrics, labels, () => (rings += 1), OrderTraces.none());
});
afterAll(() => world.close());

async function shown(name: string): Promise<string[]> {
  const { text } = await metrics.exposition();
  return text.split('\n').filter((line) => line.startsWith(`${name}{`)).map((line) => line.slice(name.length));
}

const MOVED: Moved = { kind: 'payment', id: 'a', appId: 'shop', amount: 250, from: 'processing', to: 'succeeded' };
const OF_SHOP = '{kind="payment",from="processing",to="succeeded",app="shop"}';

test('every legal move of every app has a count of 0 before the first, and so has every anomaly', async () => {
  await labels.read();
  const moves = await shown('loomi_order_moves_total');
  expect(moves).toHaveLength(2 * 9);
  expect(moves).toContain(`${OF_SHOP} 0`);
  expect(moves).toContain('{kind="payment",from="failed",to="succeeded",app="other"} 0');
  expect(await shown('loomi_moved_fen_total')).toContain(`${OF_SHOP} 0`);
  expect(await shown('loomi_anomalies_total')).toEqual(ANOMALY_KINDS.map((kind) => `{kind="${kind}"} 0`));
});

test('moves are counted with their money, told in the log, and wake the relay once', async () => {
  journal.moved([MOVED, { ...MOVED, amount: 50 }]);
  expect(await shown('loomi_order_moves_total')).toContain(`${OF_SHOP} 2`);
  expect(await shown('loomi_moved_fen_total')).toContain(`${OF_SHOP} 300`);
  expect(world.log.of('order_moved')).toHaveLength(2);
  expect(rings).toBe(1);
  journal.moved([]);
  expect(rings).toBe(1);
});

test('a notification waits in one span until it is read, and is applied in the next', async () => {
  const collector = await TraceCollector.start();
  const traces = new OrderTraces({ endpoint: collector.url, share: '1' }, 'loomi-processor');
  new OrderJournal(world.log, new Metrics(false), labels, () => undefined, traces).applied('019ab2c3-0000-7abc-8def-0123456789ab', 1_700_000_001_000, 1_700_000_002_000);
  await traces.close();
  await collector.stop();
  const [received, applied] = collector.spans;
  expect([received?.name, received?.startTimeUnixNano, received?.endTimeUnixNano]).toEqual(['receive notification', '1700000001000000000', '1700000002000000000']);
  expect([applied?.name, applied?.startTimeUnixNano]).toEqual(['apply notification', '1700000002000000000']);
});
