import type { DataSource } from 'typeorm';
import { createTestDatabase, urlForRole, type TestDatabase } from '../../../../test/stack/databases.ts';
import { until } from '../../../../test/stack/until.ts';
import { SilentLog } from '#platform/logging/log.js';
import { createDataSource } from '#platform/postgres/data-source.js';
import { AppLabels, MOST_APP_LABELS } from './app-labels.js';

let database: TestDatabase;
let owner: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  owner = await connect(database.url);
});
afterAll(async () => {
  await owner.destroy();
  await database.drop();
});
beforeEach(() => owner.query('TRUNCATE apps CASCADE'));

const dataSourceOf = (url: string): DataSource =>
  createDataSource({ url, poolSize: 2, applicationName: 'test', entities: [], log: new SilentLog() });
const connect = (url: string): Promise<DataSource> => dataSourceOf(url).initialize();

/** One after the other, so that they have an age. */
async function addApps(...names: string[]): Promise<void> {
  for (const name of names) await owner.query('INSERT INTO apps (app_id) VALUES ($1)', [name]);
}

async function labelOf(labels: AppLabels, appId: string): Promise<string> {
  const given: string[] = [];
  labels.use(appId, (label) => given.push(label));
  await until('the label', 5_000, async () => given.length > 0);
  return given[0] ?? '';
}

test('the oldest apps have labels of their own, and all others share one, for every replica alike', async () => {
  const names = Array.from({ length: MOST_APP_LABELS + 2 }, (_, n) => `app-${n}`);
  await addApps(...names);
  for (const labels of [new AppLabels(owner), new AppLabels(owner)]) {
    const given: string[] = [];
    for (const name of names.toReversed()) given.unshift(await labelOf(labels, name));
    expect(given).toEqual([...names.slice(0, MOST_APP_LABELS), 'other', 'other']);
  }
});

test('an app made later has its label from its first count on', async () => {
  await addApps('first');
  const labels = new AppLabels(owner);
  expect(await labels.read()).toEqual(['first']);
  await addApps('second');
  expect(await labelOf(labels, 'second')).toBe('second');
});

test('many counts at once of an app not known yet look once, and a known one is counted at once', async () => {
  await addApps('first');
  let looks = 0;
  const query = ((...asked: Parameters<DataSource['query']>) => {
    looks += 1;
    return owner.query(...asked);
  }) as DataSource['query'];
  const labels = new AppLabels({ query });
  await Promise.all(Array.from({ length: 100 }, () => labelOf(labels, 'first')));
  expect(looks).toBe(1);
  const given: string[] = [];
  labels.use('first', (label) => given.push(label));
  expect(given).toEqual(['first']);
});

test('who counts hears of every label before it is used, each once', async () => {
  await addApps('first');
  const labels = new AppLabels(owner);
  const heard: string[] = [];
  labels.onNew((label) => heard.push(label));
  expect(heard).toEqual(['other']);
  await labels.read();
  await addApps('second');
  labels.use('second', (label) => heard.push(`used ${label}`));
  await until('the new one', 5_000, async () => heard.length === 4);
  expect(heard).toEqual(['other', 'first', 'second', 'used second']);
  const late: string[] = [];
  labels.onNew((label) => late.push(label));
  expect(late).toEqual(['other', 'first', 'second']);
});

test('without the database apps are counted as others, and by name again once it is there', async () => {
  await addApps('first');
  const notOpen = dataSourceOf(database.url);
  const labels = new AppLabels(notOpen);
  expect(await labelOf(labels, 'first')).toBe('other');
  await notOpen.initialize();
  expect(await labelOf(labels, 'first')).toBe('first');
  await notOpen.destroy();
});

test.each(['loomi_api', 'loomi_processor'] as const)('%s may read the list', async (role) => {
  await addApps('first');
  const service = await connect(urlForRole(database.url, role));
  expect(await new AppLabels(service).read()).toEqual(['first']);
  await service.destroy();
});
