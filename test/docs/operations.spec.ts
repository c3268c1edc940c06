import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ANOMALY_KINDS } from '#domain/orders/anomaly-kinds.js';
import { runAdmin } from '../../apps/admin/src/program.js';
import { ROOT } from '../stack/project.ts';
import { readPage, tableRows } from './markdown.ts';

const page = readPage('docs/operations.md');

/** What stands in code style in the first cells of a table. */
function namesIn(firstHeader: string, on = page): string[] {
  return tableRows(on, firstHeader).flatMap(([cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

test('the table of metrics names every metric of the services', () => {
  const sources = globSync('{apps,libs}/*/src/**/*.ts', { cwd: ROOT }).filter((file) => !file.endsWith('.spec.ts'));
  const made = sources.flatMap((file) => {
    const calls = readFileSync(join(ROOT, file), 'utf8').matchAll(/(?:counter|gauge|histogram)\(\s*'(loomi_[a-z_]+)'/g);
    return [...calls].map(([, name = '']) => name);
  });
  expect(made.length).toBeGreaterThan(10);
  expect(namesIn('metric', readPage('docs/metrics.md')).sort()).toEqual([...new Set(made)].sort());
});

test('the table of anomalies explains every kind', () => {
  expect(namesIn('kind')).toEqual(ANOMALY_KINDS);
});

test('every command of the table is one that the command line has, and none is left out', async () => {
  const documented = new Set(namesIn('command').map((name) => name.replace(/ (<|--).*$/, '')));
  expect(documented).toEqual(await commandsBelow([]));
});

async function commandsBelow(path: readonly string[]): Promise<Set<string>> {
  let help = '';
  await runAdmin([...path, '--help'], { env: {}, out: (text) => (help += text), err: () => undefined });
  const [, listed = ''] = help.split('\nCommands:\n');
  const names = [...listed.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
  if (names.length === 0) return new Set([path.join(' ')]);
  const below = await Promise.all(names.map((name) => commandsBelow([...path, name])));
  return new Set(below.flatMap((found) => [...found]));
}
