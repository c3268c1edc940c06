import { join } from 'node:path';
import { DevStack, RUN_FOLDER } from './dev-stack.ts';
import { tryLock } from './lock.mjs';
import { ProcessRegistry } from './process-registry.ts';
import { LOOMI_FOLDER } from './project.ts';
import { Supervisor } from './supervisor.ts';
import { Terminal } from './terminal.ts';

const MAX_TRIES = 3;

const terminal = new Terminal();
const lock = tryLock(join(LOOMI_FOLDER, 'start.lock'));
if ('heldBy' in lock) {
  terminal.complain(`Loomi Pay already runs in this folder (process ${lock.heldBy}). Stop it there with Ctrl-C first.`);
  process.exit(1);
}

const registry = new ProcessRegistry(RUN_FOLDER);
let supervisor = newSupervisor();
let stopping = false;

const asked = stopAsked();
const failure = await Promise.race([asked, bringUp().then(() => asked, reasonOf)]);
stopping = true;
if (failure === null) terminal.say('\nStopping');
else terminal.complain(`\n${failure}`);
await supervisor.stopAll();
await registry.close();
lock.release();
process.exit(failure === null ? 0 : 1);

function newSupervisor(): Supervisor {
  return new Supervisor((line) => terminal.complain(`[${new Date().toISOString()}] ${line}`));
}

/** A port that is chosen is used only seconds later: where another program was quicker, others are chosen. */
async function bringUp(): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await new DevStack(terminal, supervisor, registry).bringUp();
    } catch (error) {
      if (stopping || tries === MAX_TRIES || !/EADDRINUSE|Address already in use/i.test(reasonOf(error))) throw error;
      terminal.say('  a port was taken by another program meanwhile: once more, with others');
      await supervisor.stopAll();
      if (stopping) throw error;
      supervisor = newSupervisor();
    }
  }
}

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
