import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runAdmin } from '../../apps/admin/src/program.js';
import { readPage, tableRows } from '../docs/markdown.ts';
import { ROOT } from '../stack/project.ts';
import { scratchFolder } from '../stack/scratch.ts';
import { ALERT_CASES, type AlertCase } from './alert-cases.ts';
import { alertRules, CONFIGURATION, promtool, RULES } from './rules.ts';

const rules = alertRules();
const pages = readdirSync(join(ROOT, 'docs', 'runbooks')).filter((file) => file !== 'README.md').sort();

test('promtool accepts the rules and the configuration', async () => {
  const checked = await promtool('check', 'rules', RULES);
  expect(checked.output).toContain(`${rules.length} rules found`);
  expect(checked.passed).toBe(true);
  expect(await promtool('check', 'config', CONFIGURATION)).toMatchObject({ passed: true });
});

test('every alert is tried on series that should make it fire and on some that should not', () => {
  const tried = (fires: boolean): string[] => [...new Set(ALERT_CASES.filter((one) => one.fires === fires).map(({ alert }) => alert))];
  const names = rules.map(({ name }) => name).sort();
  expect(tried(true).sort()).toEqual(names);
  expect(tried(false).sort()).toEqual(names);
});

describe.each([
  ['fires', true],
  ['is silent', false],
])('%s', (_, fires) => {
  const folder = scratchFolder().subfolder('promtool');
  const cases = ALERT_CASES.filter((one) => one.fires === fires).map((one): [string, string, AlertCase] => [one.alert, one.because, one]);
  test.each(cases)('%s: %s', async (_alert, _because, one) => {
    const file = join(folder, 'case.json');
    writeFileSync(file, JSON.stringify(asPromtoolTest(one)));
    expect(await promtool('test', 'rules', file)).toMatchObject({ passed: true });
  });
});

function asPromtoolTest({ alert, series, at, every = '15s', fires }: AlertCase) {
  const firing = `clamp_max(count(ALERTS{alertname="${alert}", alertstate="firing"}), 1)`;
  return {
    rule_files: [RULES],
    evaluation_interval: every,
    tests: [
      {
        interval: every,
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        promql_expr_test: [{ expr: firing, eval_time: at, exp_samples: fires ? [{ labels: '{}', value: 1 }] : [] }],
      },
    ],
  };
}

test('every alert has a page named like it, and every page an alert', () => {
  const named = rules.map(({ name }) => `${name.replace(/^Loomi/, '').replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}.md`);
  expect(rules.map(({ runbookUrl }) => runbookUrl)).toEqual(named.map((page) => `docs/runbooks/${page}`));
  expect(named.sort()).toEqual(pages);
});

test('the list of pages names every alert with its severity', () => {
  const listed = tableRows(readPage('docs/runbooks/README.md'), 'alert').map(([alert = '', severity = '']) => [/\[(\w+)\]/.exec(alert)?.[1], severity]);
  expect(listed).toEqual(rules.map(({ name, severity }) => [name, severity]));
});

test.each(pages)('%s says what it means, what is harmed, how to look, what to do and how it ends', (page) => {
  const text = readPage(`docs/runbooks/${page}`);
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading);
  const alert = rules.find(({ runbookUrl }) => runbookUrl === `docs/runbooks/${page}`)?.name;
  expect(headings).toEqual([alert, 'What it means', 'What is harmed', 'How to look', 'What to do', 'How it ends']);
});

test('every command of the pages is one that the command line knows, with the options it names', async () => {
  const commands = new Set(pages.flatMap((page) => [...readPage(`docs/runbooks/${page}`).matchAll(/npm run admin -- ([^`\n]+)`/g)].map(([, command = '']) => command)));
  expect(commands.size).toBeGreaterThan(10);
  for (const command of commands) {
    const words = command.split(' ').filter((word) => /^[a-z]+$/.test(word));
    let help = '';
    await runAdmin([...words.slice(0, 2), '--help'], { env: {}, out: (text) => (help += text), err: () => undefined });
    expect(help).toContain(`Usage: admin ${words.slice(0, 2).join(' ')}`);
    for (const [option] of command.matchAll(/--[a-z-]+/g)) expect([command, help]).toEqual([command, expect.stringContaining(option)]);
  }
});
