import { freePort } from '../stack/free-port.ts';
import { until } from '../stack/until.ts';
import { press } from './press.ts';
import { TraceCollector } from '../stack/trace-collector.ts';
import { World } from './world.ts';

/** Spans are sent every five seconds. */
const SENT_MS = 20_000;
const CALLER = '4bf92f3577b34da6a3ce929d0e0e4736';

let collector: TraceCollector;

beforeAll(async () => {
  collector = await TraceCollector.start();
});
afterAll(() => collector.stop());

test('one trace, with the id of the order, leads from the request by Lakala to the event on the stream', async () => {
  const world = await World.start({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
  try {
    const answer = await fetch(`${world.stack.baseUrl}/api/v1/payment-orders`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.stack.apiKey}`, 'content-type': 'application/json', traceparent: `00-${CALLER}-00f067aa0ba902b7-01` },
      body: JSON.stringify({ app_id: world.stack.appId, merchant_order_id: 'TRACED', amount: 100, order_type: 'payment', subject: 's' }),
    });
    const { id } = (await answer.json()) as { id: string };
    const open = await world.payment('TRACED', 'to be processing', ({ status }) => status === 'processing');
    await press(open.extra_data.payment_url ?? '', 'pay');
    await world.ended(open, 'succeeded');
    const wanted = [
      'loomi-api: POST /api/v1/payment-orders',
      'loomi-processor: lakala create',
      'loomi-processor: move to processing',
      'loomi-processor: publish payment_results',
      'loomi-processor: receive notification',
      'loomi-processor: apply notification',
      'loomi-processor: move to succeeded',
    ];
    const names = () => collector.of(id).map(({ service, name }) => `${service}: ${name}`);
    await until('the spans to come', SENT_MS, () => wanted.every((name) => names().includes(name)) && names().filter((name) => name.includes('publish')).length === 2);

    const spans = collector.of(id);
    const first = spans.filter(({ parentSpanId }) => !parentSpanId);
    expect(first.map(({ name }) => name)).toEqual(['POST /api/v1/payment-orders']);
    expect(first[0]?.links?.map(({ traceId }) => traceId)).toEqual([CALLER]);
    expect(new Set(spans.flatMap(({ parentSpanId }) => parentSpanId ?? []))).toEqual(new Set([first[0]?.spanId]));
  } finally {
    await world.stop();
  }
}, 120_000);

test('a collector that is away holds nobody up', async () => {
  const world = await World.start({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` } });
  try {
    expect((await world.paidOrder()).status).toBe('succeeded');
  } finally {
    await world.stop();
  }
}, 120_000);
