import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { previousRelease } from '../stack/previous-release.ts';

/** What of the release before touches the database; a hand-run may name less. */
const TOUCHING = process.env.PREVIOUS_TESTS?.split(' ') ?? ['apps', 'libs/domain', 'test/e2e'];
/** By path: what says nothing about whether old code can live with our schema, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'apps/admin/src/migrating/': 'it is about migrating itself, from an empty database to the schema of its own release',
  'test/e2e/(crashes|slow-worker|shutdown)': 'it is about processes that die or stand still: a minute each, and no statement that the others lack',
};

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numRuntimeErrorTestSuites: number;
  testResults: { name: string; message: string; status: string }[];
}

/**
 * Its jest on the servers and the template that our global setup made: so every database of its tests is migrated by us.
 */
async function runItsTests(folder: string): Promise<Report> {
  const config = join(folder, 'jest.on-our-schema.config.js');
  const reportFile = join(folder, 'report.json');
  writeFileSync(
    config,
    `import config from './jest.config.js';
     const { globalSetup, globalTeardown, ...rest } = config;
     export default { ...rest, testTimeout: 300_000, testPathIgnorePatterns: ${JSON.stringify(Object.keys(LEFT_OUT))} };`,
  );
  const { JEST_WORKER_ID: _worker, NODE_ENV: _mode, ...env } = process.env;
  const jest = join(folder, 'node_modules', 'jest', 'bin', 'jest.js');
  const child = spawn(
    process.execPath,
    ['--experimental-vm-modules', jest, '--config', config, '--maxWorkers=2', '--json', `--outputFile=${reportFile}`, ...TOUCHING],
    { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const [output] = await Promise.all([text(child.stderr), once(child, 'close')]);
  try {
    return JSON.parse(readFileSync(reportFile, 'utf8')) as Report;
  } catch (error) {
    throw new Error(`its tests left no report:\n${output}`, { cause: error });
  }
}

test('the tests of the release before pass on the schema of this one', async () => {
  const report = await runItsTests(previousRelease().folder);
  const failed = report.testResults.filter(({ status }) => status !== 'passed');
  expect(failed.map(({ name, message }) => `${name}\n${message}`).join('\n')).toBe('');
  expect(report).toMatchObject({ numFailedTests: 0, numRuntimeErrorTestSuites: 0 });
  // Should they not be found any more, nothing would be shown.
  expect(report.numPassedTests).toBeGreaterThan(process.env.PREVIOUS_TESTS === undefined ? 100 : 0);
  console.log(`${report.numPassedTests} tests of the release before passed on our schema`);
}, 900_000);
