import { SilentLog } from '../logging/log.js';
import { ManagementServer } from './management-server.js';
import { Metrics } from './metrics.js';

describe('ManagementServer', () => {
  const metrics = new Metrics();
  const server = new ManagementServer(metrics, { port: 0, host: '127.0.0.1' }, new SilentLog());
  let origin: string;
  beforeAll(async () => {
    origin = `http://127.0.0.1:${await server.start()}`;
  });
  afterAll(() => server.stop());

  test('GET /metrics gives our metrics and those of the process as Prometheus text', async () => {
    metrics.counter('loomi_gateway_calls_total', 'Calls', ['outcome']).inc({ outcome: 'paid' });
    const response = await fetch(`${origin}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain');
    const text = await response.text();
    expect(text).toContain('loomi_gateway_calls_total{outcome="paid"} 1');
    expect(text).toContain('process_cpu_seconds_total');
  });

  test.each([
    ['GET', '/'],
    ['GET', '/health'],
    ['GET', '/metrics/x'],
    ['POST', '/metrics'],
  ])('%s %s is 404', async (method, path) => {
    expect((await fetch(`${origin}${path}`, { method })).status).toBe(404);
  });

  test('a taken port stops the start with its reason', async () => {
    const second = new ManagementServer(metrics, { port: Number(new URL(origin).port), host: '127.0.0.1' }, new SilentLog());
    await expect(second.start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await second.stop();
  });

  test('nobody can reach it after the stop, and stopping twice is harmless', async () => {
    const other = new ManagementServer(metrics, { port: 0, host: '127.0.0.1' }, new SilentLog());
    const port = await other.start();
    await fetch(`http://127.0.0.1:${port}/metrics`);
    await other.stop();
    await other.stop();
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
  });
});

describe('Metrics', () => {
  test('asking twice for a name gives the same metric, and as another kind is refused', () => {
    const metrics = new Metrics(false);
    const counter = metrics.counter('loomi_x_total', 'x');
    expect(metrics.counter('loomi_x_total', 'x')).toBe(counter);
    expect(() => metrics.gauge('loomi_x_total', 'x')).toThrow('no gauge');
    expect(() => metrics.histogram('loomi_x_total', 'x')).toThrow('no histogram');
  });

  test('two processes in one test do not see each other', async () => {
    const [one, two] = [new Metrics(false), new Metrics(false)];
    one.counter('loomi_x_total', 'x').inc();
    expect((await two.exposition()).text).not.toContain('loomi_x_total');
  });

  test('a gauge that collects is set at each scrape', async () => {
    const metrics = new Metrics(false);
    let due = 3;
    metrics.gauge('loomi_due_orders', 'Orders due', [], (gauge) => gauge.set(due));
    expect((await metrics.exposition()).text).toContain('loomi_due_orders 3');
    due = 4;
    expect((await metrics.exposition()).text).toContain('loomi_due_orders 4');
  });
});
