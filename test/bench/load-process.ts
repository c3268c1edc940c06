import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ProcessRegistry } from '../stack/process-registry.ts';
import type { Job, ResultOf } from './load/jobs.ts';

const MAIN = join(import.meta.dirname, 'load', 'main.ts');

interface Reply<J extends Job> {
  result?: ResultOf<J>;
  error?: string;
}

/** The load generator as the harness sees it: one job at a time. */
export class LoadProcess {
  readonly #child: ChildProcess;
  readonly #registry: ProcessRegistry;

  constructor(registry: ProcessRegistry) {
    this.#registry = registry;
    this.#child = fork(MAIN, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    if (this.#child.pid !== undefined) registry.add(this.#child.pid, 'SIGTERM');
  }

  /** Rejects where the job met what must not happen, or the generator ended. */
  async run<J extends Job>(job: J): Promise<ResultOf<J>> {
    const stopped = new AbortController();
    const { signal } = stopped;
    try {
      const answered = once(this.#child, 'message', { signal }) as Promise<[Reply<J>]>;
      const ended = once(this.#child, 'exit', { signal }).then(() => [{ error: 'the load generator ended' }] as [Reply<J>]);
      // Whichever loses the race is told to stop waiting, and nobody is interested in that.
      for (const waiting of [answered, ended]) waiting.catch(() => undefined);
      this.#child.send(job);
      const [{ result, error }] = await Promise.race([answered, ended]);
      if (result === undefined) throw new Error(error ?? 'the load generator gave nothing');
      return result;
    } finally {
      stopped.abort();
    }
  }

  async stop(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill();
      await ended;
    }
    if (pid !== undefined) this.#registry.remove(pid);
  }
}
