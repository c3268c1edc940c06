import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, createWriteStream, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { ProcessRegistry } from './process-registry.ts';
import { until } from './until.ts';

const READY_MS = 60_000;
const GRACE_MS = 15_000;

export interface Launch {
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

export interface ServiceOptions {
  name: string;
  /** Asked anew at every start, so that it may clear what a dead predecessor left. */
  launch: () => Launch | Promise<Launch>;
  /** True once the service does its work. */
  ready: () => Promise<boolean>;
  logFile: string;
  registry: ProcessRegistry;
  stopSignal?: NodeJS.Signals;
  graceMs?: number;
  /** Sees every line of output, besides the log file. */
  onLine?: (line: string) => void;
}

/** One child process that can be started, killed, paused and started again; its output goes to a log file. */
export class Service {
  readonly name: string;
  readonly logFile: string;
  readonly #options: ServiceOptions;
  #child: ChildProcess | undefined;
  #ended: Promise<string> = Promise.resolve('not started');

  constructor(options: ServiceOptions) {
    this.name = options.name;
    this.logFile = options.logFile;
    this.#options = options;
  }

  /** The process id; throws while the service does not run. */
  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error(`${this.name} does not run`);
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Resolves when the process ends, with how: `exit code 1`, `signal SIGKILL`. */
  get ended(): Promise<string> {
    return this.#ended;
  }

  /** Starts the process and waits until it does its work. Throws with the end of its log if it ends before. */
  async start(): Promise<void> {
    if (this.#child !== undefined) throw new Error(`${this.name} runs already`);
    const launch = await this.#options.launch();
    mkdirSync(dirname(this.logFile), { recursive: true, mode: 0o700 });
    const logStart = statSync(this.logFile, { throwIfNoEntry: false })?.size ?? 0;
    await this.#spawn(launch);
    let ended: string | undefined;
    void this.#ended.then((how) => (ended = how));
    try {
      await until(`${this.name} to be ready`, READY_MS, async () => ended !== undefined || (await this.#options.ready()));
    } catch (error) {
      await this.stop();
      throw error;
    }
    if (ended !== undefined) throw new Error(`${this.name} ended (${ended}) before it was ready\n${this.#logSince(logStart)}`);
  }

  /** Sends a signal and waits for the end of the process. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    process.kill(this.pid, signal);
    await this.#ended;
  }

  /** Stops the process where it stands, as a paused machine would. */
  pause(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** Asks the process to end, and ends it when its grace time is over. Does nothing if it does not run. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    child.kill(this.#options.stopSignal ?? 'SIGTERM');
    child.kill('SIGCONT');
    const overdue = setTimeout(() => child.kill('SIGKILL'), this.#options.graceMs ?? GRACE_MS);
    await this.#ended;
    clearTimeout(overdue);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async #spawn({ command, args, env, cwd }: Launch): Promise<void> {
    const { onLine, registry, stopSignal } = this.#options;
    const log = openSync(this.logFile, 'a', 0o600);
    // A session of its own: Ctrl-C in the terminal reaches the supervisor alone, which stops things in order.
    const child = spawn(command, args, {
      cwd,
      env,
      detached: true,
      stdio: onLine ? ['ignore', 'pipe', 'pipe'] : ['ignore', log, log],
    });
    closeSync(log);
    await once(child, 'spawn');
    const { pid, stdout, stderr } = child;
    if (pid === undefined) throw new Error(`${this.name} has no process id`);
    registry.add(pid, stopSignal ?? 'SIGTERM');
    if (onLine) this.#follow([stdout, stderr], onLine);
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        registry.remove(pid);
        this.#child = undefined;
        resolve(signal === null ? `exit code ${code}` : `signal ${signal}`);
      });
    });
  }

  #follow(outputs: (Readable | null)[], onLine: (line: string) => void): void {
    for (const output of outputs) {
      if (output === null) continue;
      output.pipe(createWriteStream(this.logFile, { flags: 'a' }));
      createInterface({ input: output }).on('line', onLine);
    }
  }

  #logSince(start: number): string {
    const tail = readFileSync(this.logFile).subarray(start).toString('utf8').trimEnd();
    return tail.split('\n').slice(-20).join('\n');
  }
}
