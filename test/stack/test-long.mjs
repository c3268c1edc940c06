// `npm run test:long`: installs what is missing, then runs the long tests and the short forms of the longer runs, one
// after the other. Last line: "N passed, N failed".
import { join } from 'node:path';
import { installed, ROOT, run } from './install.mjs';

const test = (...path) => join(ROOT, 'test', ...path);
const node = await installed();
/** Each is a program of its own, with servers of its own; its exit code tells whether it passed. */
const RUNS = [
  ['long tests', [test('stack', 'test.mjs'), '--config', join(ROOT, 'jest.long.config.js'), '--maxWorkers=1']],
  ['chaos finds what is planted', [test('chaos', 'main.ts'), '--selftest']],
  ['two minutes of chaos', [test('chaos', 'main.ts'), '--minutes', '2']],
  ['a brown-out', [test('brown-out', 'main.ts'), '--short']],
  ['fuzzing', [test('fuzz', 'main.ts'), '--seed', '1']],
];

let failed = 0;
for (const [name, args] of RUNS) {
  console.log(`== ${name}`);
  const code = await run(node, args);
  if (code === 0) continue;
  failed += 1;
  console.log(`== ${name} failed (exit code ${code})`);
  // 128 + n: somebody wants it to end.
  if (code > 128) break;
}
console.log(`${RUNS.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
