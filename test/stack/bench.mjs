// `npm run bench`: installs what is missing, then runs the benchmark under the Node this project is built for.
import { join } from 'node:path';
import { installed, ROOT, run } from './install.mjs';

const node = await installed();
process.exitCode = await run(node, [join(ROOT, 'test', 'bench', 'main.ts'), ...process.argv.slice(2)]);
