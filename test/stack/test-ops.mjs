// `npm run test:ops`: installs what is missing, then runs the tests of what operators use. Last line: "N passed, N failed".
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installed, ROOT, run } from './install.mjs';

const node = await installed();
const folder = mkdtempSync(join(tmpdir(), 'loomi-ops-'));
try {
  const results = join(folder, 'results.json');
  const tests = [join(ROOT, 'test', 'stack', 'test.mjs'), '--config', join(ROOT, 'jest.ops.config.js'), '--maxWorkers=2'];
  const code = await run(node, [...tests, '--json', '--outputFile', results, ...process.argv.slice(2)]);
  const { passed, failed } = countsOf(results);
  const failures = code !== 0 && failed === 0 ? 1 : failed;
  console.log(`${passed} passed, ${failures} failed`);
  process.exitCode = failures === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

function countsOf(file) {
  try {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(file, 'utf8'));
    return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
  } catch {
    // jest ended before it wrote any: its exit code tells.
    return { passed: 0, failed: 0 };
  }
}
