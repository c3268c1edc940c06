import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stack/project.ts';

const FOLDER = join(ROOT, 'docker', 'grafana', 'dashboards');
/** In place of Grafana's variables. */
const VALUES: Readonly<Record<string, string>> = { $__rate_interval: '1m', $__range: '1h', $app: '.*' };

export interface Panel {
  id: number;
  type: string;
  title: string;
  datasource?: { type: string; uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { refId: string; expr: string }[];
}

export interface Dashboard {
  uid: string;
  title: string;
  templating: { list: { name: string; query: string; datasource: { uid: string } }[] };
  panels: Panel[];
}

export function dashboards(): { name: string; dashboard: Dashboard }[] {
  return readdirSync(FOLDER).map((name) => ({ name, dashboard: JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Dashboard }));
}

/** What the panels ask, with a value for each variable; throws where a variable is none that we know. */
export function queriesOf({ panels, templating }: Dashboard): string[] {
  const ofVariables = templating.list.map(({ query }) => /^label_values\((.+), \w+\)$/.exec(query)?.[1] ?? query);
  return [...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)), ...ofVariables].map((expr) =>
    expr.replaceAll(/\$\w+/g, (variable) => {
      const value = VALUES[variable];
      if (value === undefined) throw new Error(`${variable} in ${expr} is no variable we know`);
      return value;
    }),
  );
}
