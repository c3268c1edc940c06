// `npm test`: installs what is missing, then runs jest under the Node this project is built for.
import { join } from 'node:path';
import { installed, ROOT, run } from './install.mjs';

const node = await installed();
const given = process.argv.slice(2);
const setsWorkers = given.some((argument) => /^(-w|-i|--maxWorkers|--runInBand)(=|$)/.test(argument));
process.exitCode = await run(node, [
  '--experimental-vm-modules',
  join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'),
  ...(setsWorkers ? [] : ['--maxWorkers=2']),
  ...given,
]);
