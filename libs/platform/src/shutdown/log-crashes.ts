import type { Log } from '../logging/log.js';

/** The part of Node's `process` that crashes are seen by. */
export interface CrashingProcess {
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (thrown: unknown) => void): unknown;
  exit(code: number): void;
}

/**
 * Makes an error that nobody caught end the process with code 1 and one masked log line. Node's own report would
 * print every property of the error: a failed query's parameters, a request's headers.
 */
export function logCrashes(log: Log, target: CrashingProcess = process): void {
  const crash = (thrown: unknown) => {
    log.error('process_crashed', { error: thrown });
    target.exit(1);
  };
  target.on('uncaughtException', crash);
  target.on('unhandledRejection', crash);
}
