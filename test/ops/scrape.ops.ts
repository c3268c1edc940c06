import { startStack, type Stack } from '../stack/stack.ts';
import { until } from '../stack/until.ts';
import { AlertmanagerServer } from './alertmanager-server.ts';
import { dashboards, queriesOf } from './dashboard-files.ts';
import { DOCUMENTED_METRICS } from './documented-metrics.ts';
import { scrape } from './exposed-metrics.ts';
import { createOrder } from './order.ts';
import { PrometheusServer, type Alert } from './prometheus-server.ts';
import { metricsIn, type NamedMetric } from './query-metrics.ts';
import { alertRules } from './rules.ts';

// What Prometheus itself says of a target.
const OF_PROMETHEUS = ['up'];
const ADDED_LABELS = ['job', 'instance', 'le'];
const PATIENCE_MS = 60_000;

let stack: Stack;
let alertmanager: AlertmanagerServer;
let prometheus: PrometheusServer;

beforeAll(async () => {
  [stack, alertmanager] = await Promise.all([startStack(), AlertmanagerServer.start()]);
  const addressesOf = (replicas: Stack['apis']): string[] => replicas.map(({ managementUrl }) => new URL(managementUrl).host);
  const targets = { 'loomi-api': addressesOf(stack.apis), 'loomi-processor': addressesOf(stack.processors) };
  prometheus = await PrometheusServer.start(targets, alertmanager.address);
});
afterAll(async () => {
  await prometheus.stop();
  await Promise.all([alertmanager.stop(), stack.stop()]);
});

async function firing(name: string): Promise<Alert | undefined> {
  return (await prometheus.firing()).find(({ labels }) => labels.alertname === name);
}

/** Every metric that the processes show. */
async function exposed(): Promise<Set<string>> {
  const all = await Promise.all([...stack.apis, ...stack.processors].map(({ managementUrl }) => scrape(managementUrl)));
  return new Set(all.flatMap((metrics) => [...metrics.keys()]));
}

function unknownLabels({ name, labels }: NamedMetric): string[] {
  const known = [...(DOCUMENTED_METRICS.get(name)?.labels ?? []), ...ADDED_LABELS];
  return labels.filter((label) => !known.includes(label)).map((label) => `${name}{${label}}`);
}

test('Prometheus scrapes the API and the processor, and no alert fires on a service that is well', async () => {
  await until('both to be scraped', PATIENCE_MS, async () => (await prometheus.query('up == 1')).length === 2);
  expect((await prometheus.query('up')).map(({ labels }) => labels.job).sort()).toEqual(['loomi-api', 'loomi-processor']);
  await until('the survey', PATIENCE_MS, async () => (await prometheus.query('loomi_oldest_open_seconds')).length > 0);
  await until('every rule to be evaluated', PATIENCE_MS, async () => (await prometheus.rules()).every(({ health }) => health === 'ok'));
  expect((await prometheus.rules()).map(({ name }) => name).sort()).toEqual(alertRules().map(({ name }) => name).sort());
  await until('what waited for the first scrapes to pass', PATIENCE_MS, async () => (await prometheus.firing()).length === 0);
});

test('every metric and label that a rule names is one that a process shows', async () => {
  const named = (await prometheus.rules()).flatMap(({ query }) => metricsIn(query));
  expect(named.length).toBeGreaterThan(30);
  const known = await exposed();
  expect(named.map(({ name }) => name).filter((name) => !known.has(name) && !OF_PROMETHEUS.includes(name))).toEqual([]);
  expect(named.flatMap(unknownLabels)).toEqual([]);
});

test.each(dashboards())('every query of $name is one that Prometheus can read, of what a process shows', async ({ dashboard }) => {
  const queries = queriesOf(dashboard);
  expect(queries.length).toBeGreaterThan(15);
  for (const query of queries) await prometheus.query(query);
  const named = queries.flatMap(metricsIn);
  const known = await exposed();
  expect(named.map(({ name }) => name).filter((name) => !known.has(name) && !OF_PROMETHEUS.includes(name))).toEqual([]);
  expect(named.flatMap(unknownLabels)).toEqual([]);
});

test('what Prometheus cannot read is an error', async () => {
  await expect(prometheus.query('sum by (kind (loomi_stuck)')).rejects.toThrow('parse error');
});

test('a processor that is stopped is told of, with the page to read, until it is back', async () => {
  const [processor] = stack.processors;
  await processor?.service.stop();
  await until('the alert to fire', PATIENCE_MS, async () => (await firing('LoomiProcessorDown')) !== undefined);
  expect(await firing('LoomiProcessorDown')).toMatchObject({
    labels: { severity: 'critical' },
    annotations: { runbook_url: 'docs/runbooks/processor-down.md' },
  });
  expect(await firing('LoomiApiDown')).toBeUndefined();
  const notice = { receiver: 'page', authorization: 'Bearer alert-page-token-of-the-test', alert: 'LoomiProcessorDown' };
  await until('somebody to be paged', PATIENCE_MS, () => alertmanager.notices.some(({ alert }) => alert === notice.alert));
  expect(alertmanager.notices).toContainEqual({ ...notice, status: 'firing' });
  const followed = async () => (await alertmanager.held('LoomiSurveyMissing'))?.status;
  await until('what follows to be kept back', PATIENCE_MS, async () => (await followed())?.state === 'suppressed');
  expect((await followed())?.inhibitedBy).toHaveLength(1);
  await processor?.service.start();
  await until('the alert to end', PATIENCE_MS, async () => (await firing('LoomiProcessorDown')) === undefined);
  await until('it to be told that it ended', PATIENCE_MS, () => alertmanager.notices.some(({ alert, status }) => alert === notice.alert && status === 'resolved'));
});

test('a Lakala that does not answer opens the breaker, which is told of until it answers again', async () => {
  const { sandbox } = stack;
  await sandbox.service.stop();
  let orders = 0;
  await until('the alert to fire', PATIENCE_MS, async () => {
    orders += 1;
    await createOrder(stack, `no-lakala-${orders}`);
    return (await firing('LoomiBreakerOpen')) !== undefined;
  });
  await sandbox.service.start();
  await until('the alert to end', PATIENCE_MS, async () => (await firing('LoomiBreakerOpen')) === undefined);
});

test('a Redis that is stopped is told of by both, until it is back', async () => {
  const { redis } = stack;
  await redis.stop();
  const tellers = async (): Promise<number> =>
    (await prometheus.firing()).filter(({ labels }) => labels.alertname === 'LoomiRedisDown').length;
  await until('both to tell', PATIENCE_MS, async () => (await tellers()) === 2);
  await redis.restart();
  await until('the alerts to end', PATIENCE_MS, async () => (await tellers()) === 0);
});
