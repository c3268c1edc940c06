// `npm start`: installs what is missing, then hands over to start.ts under the Node this project is built for.
import { join } from 'node:path';
import { installed, ROOT, run } from './install.mjs';

const node = await installed();
if (process.env.npm_lifecycle_event) stopWithParent();
// By the channel it notices that we are gone, should we be killed.
const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
process.exitCode = await run(node, [join(ROOT, 'test', 'stack', 'start.ts')], { stdio });
process.exit();

/** npm passes signals on to us, but one that is killed cannot. */
function stopWithParent() {
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || process.kill(process.pid, 'SIGTERM'), 250).unref();
}
