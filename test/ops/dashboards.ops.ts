import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPage } from '../docs/markdown.ts';
import { ROOT } from '../stack/project.ts';
import { dashboards, queriesOf, type Panel } from './dashboard-files.ts';
import { DOCUMENTED_METRICS } from './documented-metrics.ts';
import { metricsIn } from './query-metrics.ts';

const provisioned = (file: string): string => readFileSync(join(ROOT, 'docker', 'grafana', 'provisioning', file), 'utf8');
const sourceUid = /uid: (\S+)/.exec(provisioned('datasources/prometheus.yml'))?.[1];
const all = dashboards();

test('there is one for business and one for operation, each under a uid of its own', () => {
  expect(all.map(({ name }) => name).sort()).toEqual(['business.json', 'operation.json']);
  expect(new Set(all.map(({ dashboard }) => dashboard.uid)).size).toBe(all.length);
});

test('the dashboards are looked for where docs/metrics.md says that they are mounted', () => {
  const path = /path: (\S+)/.exec(provisioned('dashboards/loomi.yml'))?.[1];
  expect(readPage('docs/metrics.md')).toContain(`\`dashboards\` at \`${path}\``);
});

test.each(all)('$name asks the provisioned source alone, in panels that do not lie on one another', ({ dashboard }) => {
  const { panels, templating } = dashboard;
  const asking = panels.filter(({ type }) => type !== 'row');
  const sources = [...asking.map(({ datasource }) => datasource?.uid), ...templating.list.map(({ datasource }) => datasource.uid)];
  expect([...new Set(sources)]).toEqual([sourceUid]);
  expect(asking.filter(({ targets = [] }) => targets.length === 0)).toEqual([]);
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(new Set(asking.map(({ title }) => title)).size).toBe(asking.length);
  expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  const lying = panels.flatMap((one, at) => panels.slice(at + 1).filter((other) => overlap(one, other)).map((other) => [one.title, other.title]));
  expect(lying).toEqual([]);
});

function overlap({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

test('every metric of ours is on a dashboard', () => {
  const shown = new Set(all.flatMap(({ dashboard }) => queriesOf(dashboard).flatMap(metricsIn).map(({ name }) => name)));
  expect([...DOCUMENTED_METRICS.keys()].filter((name) => !shown.has(name))).toEqual([]);
});
