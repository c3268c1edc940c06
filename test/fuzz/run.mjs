// `npm run fuzz -- --requests N --seed S`: installs what is missing, then runs under the Node this project is built for.
import { join } from 'node:path';
import { installed, ROOT, run } from '../stack/install.mjs';

const node = await installed();
process.exitCode = await run(node, [join(ROOT, 'test', 'fuzz', 'main.ts'), ...process.argv.slice(2)]);
