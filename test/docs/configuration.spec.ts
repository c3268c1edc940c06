import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeVariables, type VariableDescription } from '#platform/configuration/describe-variables.js';
import { AdminConfiguration } from '../../apps/admin/src/admin.configuration.js';
import { ApiConfiguration } from '../../apps/api/src/api.configuration.js';
import { ProcessorConfiguration } from '../../apps/processor/src/processor.configuration.js';
import { ROOT } from '../stack/project.ts';
import { readPage, tableRows } from './markdown.ts';

const DEPLOYABLES = { api: ApiConfiguration, processor: ProcessorConfiguration, admin: AdminConfiguration };

interface Documented {
  /** What stands in the column of defaults, in the words of the tables below. */
  default: string;
  deployables: string;
}

const variables = new Map<string, VariableDescription>();
const readers = new Map<string, string[]>();
for (const [deployable, settings] of Object.entries(DEPLOYABLES)) {
  for (const variable of describeVariables(settings)) {
    variables.set(variable.name, variable);
    readers.set(variable.name, [...(readers.get(variable.name) ?? []), deployable]);
  }
}

/** What the tables must say, from the code alone. */
function expectedTable(words: { required: string; none: string }): Record<string, Documented> {
  return Object.fromEntries(
    [...variables.values()].map(({ name, default: value, required }) => {
      const shown = value === undefined ? (required ? words.required : words.none) : `\`${value}\``;
      return [name, { default: shown, deployables: (readers.get(name) ?? []).join(', ') }];
    }),
  );
}

function documentedIn(page: string, firstHeader: string): Record<string, Documented> {
  const rows = tableRows(readPage(page), firstHeader);
  return Object.fromEntries(
    rows.map(([name = '', meaning = '', value = '', deployables = '']) => {
      if (meaning === '') throw new Error(`${page} says nothing of ${name}`);
      return [name.replaceAll('`', ''), { default: value, deployables }];
    }),
  );
}

test('the English table names every variable, its default and who reads it', () => {
  expect(documentedIn('README.md', 'variable')).toEqual(expectedTable({ required: 'required', none: 'none' }));
});

test('the Chinese table names every variable, its default and who reads it', () => {
  expect(documentedIn('README.zh-CN.md', '变量')).toEqual(expectedTable({ required: '必填', none: '无' }));
});

test('.env.example lists every variable once, with its default, after a line that says what it is', () => {
  const lines = readFileSync(join(ROOT, '.env.example'), 'utf8').split('\n');
  const listed = lines.flatMap((line, at) => {
    const [, name, value] = /^#?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    expect([name, lines[at - 1]]).toEqual([name, expect.stringMatching(/^# \S/)]);
    return [{ name, value }];
  });
  const expected = [...variables.values()].map(({ name, default: value }) => ({ name, value: value ?? '' }));
  const byName = (a: { name: string }, b: { name: string }): number => a.name.localeCompare(b.name);
  expect(listed.sort(byName)).toEqual(expected.sort(byName));
});
