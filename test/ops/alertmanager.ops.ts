import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { alertRules, amtool, ROUTES } from './rules.ts';

interface InhibitRule {
  source_matchers: string[];
  target_matchers: string[];
  equal?: string[];
}

const { inhibit_rules: inhibitions } = load(readFileSync(ROUTES, 'utf8')) as { inhibit_rules: InhibitRule[] };
const rules = alertRules();

/** Who is told of an alert with these labels. */
async function receiverOf(...labels: string[]): Promise<string> {
  const { output } = await amtool('config', 'routes', 'test', `--config.file=${ROUTES}`, ...labels);
  // A warning may follow.
  return output.split('\n', 1)[0] ?? '';
}

/** The alerts that the matchers name. */
function alertsIn(matchers: readonly string[]): string[] {
  return matchers.flatMap((matcher) => /^alertname =~? "?([\w|]+)"?$/.exec(matcher)?.[1]?.split('|') ?? []);
}

test('amtool accepts the configuration', async () => {
  expect(await amtool('check-config', ROUTES)).toMatchObject({ passed: true, output: expect.stringContaining('2 receivers') as string });
});

test('what is critical wakes people, what is a warning is a ticket, and what is neither is not lost', async () => {
  const told = await Promise.all(rules.map(({ name, severity }) => receiverOf(`alertname=${name}`, `severity=${severity}`)));
  expect(told).toEqual(rules.map(({ severity }) => (severity === 'critical' ? 'page' : 'ticket')));
  expect(await receiverOf('alertname=SomebodyElses')).toBe('page');
});

test('what is kept back is an alert of ours, and its cause wakes somebody', () => {
  expect(inhibitions.length).toBeGreaterThan(3);
  for (const { source_matchers: causes, target_matchers: kept } of inhibitions) {
    for (const matchers of [causes, kept]) expect(alertsIn(matchers)).not.toEqual([]);
    for (const name of alertsIn(kept)) expect(rules.map((rule) => rule.name)).toContain(name);
    for (const name of alertsIn(causes)) expect(rules.find((rule) => rule.name === name)?.severity).toBe('critical');
  }
});
