import { TraceCollector } from '../../../../test/stack/trace-collector.ts';
import { OrderTraces } from './order-traces.js';

const ORDER = '019aB2c3-0000-7abc-8def-0123456789ab';
const TRACE = '019ab2c300007abc8def0123456789ab';
const FIRST_SPAN = '8def0123456789ab';

let collector: TraceCollector;
let traces: OrderTraces;

beforeEach(async () => {
  collector = await TraceCollector.start();
  traces = new OrderTraces({ endpoint: `${collector.url}/`, share: '1' }, 'loomi-test');
});
afterEach(() => collector.stop());

test('whatever is done about an order stands in the trace with its id, below what it began with', async () => {
  // Out of turn, as from another process: nothing is handed on.
  traces.record({ orderId: ORDER, name: 'later', kind: 'client', startMs: 1_700_000_002_000, endMs: 1_700_000_003_000 });
  traces.record({ orderId: ORDER, name: 'first', kind: 'server', startMs: 1_700_000_001_000, isFirst: true });
  traces.record({ orderId: ORDER, name: 'last', kind: 'internal', startMs: 1_700_000_004_000 });
  const before = Date.now();
  await traces.close();
  const [later, first, last] = collector.spans;
  expect(collector.spans.map(({ traceId }) => traceId)).toEqual([TRACE, TRACE, TRACE]);
  expect([first?.spanId, first?.parentSpanId]).toEqual([FIRST_SPAN, undefined]);
  expect([later?.parentSpanId, last?.parentSpanId]).toEqual([FIRST_SPAN, FIRST_SPAN]);
  expect(new Set(collector.spans.map(({ spanId }) => spanId)).size).toBe(3);
  expect([later?.startTimeUnixNano, later?.endTimeUnixNano]).toEqual(['1700000002000000000', '1700000003000000000']);
  expect(Math.abs(Number(last?.endTimeUnixNano) / 1e6 - before)).toBeLessThan(10_000);
});

test('of a share that is none nothing is sent', async () => {
  const none = new OrderTraces({ endpoint: collector.url, share: '0' }, 'loomi-test');
  none.record({ orderId: ORDER, name: 'first', kind: 'server', startMs: 1_700_000_001_000, isFirst: true });
  await none.close();
  await traces.close();
  expect(collector.spans).toEqual([]);
});
