import { join } from 'node:path';
import { DevStack, RUN_FOLDER } from './dev-stack.ts';
import { tryLock } from './lock.mjs';
import { ProcessRegistry } from './process-registry.ts';
import { LOOMI_FOLDER } from './project.ts';
import { Supervisor } from './supervisor.ts';
import { Terminal } from './terminal.ts';

const terminal = new Terminal();
const lock = tryLock(join(LOOMI_FOLDER, 'start.lock'));
if ('heldBy' in lock) {
  terminal.complain(`Loomi Pay already runs in this folder (process ${lock.heldBy}). Stop it there with Ctrl-C first.`);
  process.exit(1);
}

const supervisor = new Supervisor((line) => terminal.complain(`[${new Date().toISOString()}] ${line}`));
const registry = new ProcessRegistry(RUN_FOLDER);
const stack = new DevStack(terminal, supervisor, registry);

const asked = stopAsked();
const failure = await Promise.race([asked, stack.bringUp().then(() => asked, reasonOf)]);
if (failure === null) terminal.say('\nStopping');
else terminal.complain(`\n${failure}`);
await supervisor.stopAll();
await registry.close();
lock.release();
process.exit(failure === null ? 0 : 1);

/** Resolves on the first signal that asks us to stop, or when the launcher is gone; further ones change nothing. */
function stopAsked(): Promise<null> {
  return new Promise((resolve) => {
    const stop = (): void => resolve(null);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
    process.once('disconnect', stop);
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
