// `npm run brown-out`: installs what is missing, then runs the brown-out under the Node this project is built for.
import { join } from 'node:path';
import { installed, ROOT, run } from './install.mjs';

const node = await installed();
process.exitCode = await run(node, [join(ROOT, 'test', 'brown-out', 'main.ts'), ...process.argv.slice(2)]);
