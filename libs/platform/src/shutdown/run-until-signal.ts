import { setTimeout as delay } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import type { Log } from '../logging/log.js';
import { ShutdownState } from './shutdown-state.js';

/** The part of Node's `process` that a shutdown needs. */
export interface SignalledProcess {
  on(signal: 'SIGTERM' | 'SIGINT', listener: (signal: NodeJS.Signals) => void): unknown;
  exit(code: number): void;
}

/** The part of a Nest application that a shutdown needs. */
export type StoppableApplication = Pick<INestApplicationContext, 'get' | 'close'>;

/** The limits of a shutdown. */
export interface ShutdownOptions {
  /** From the signal to the exit, the drain included. */
  readonly graceSeconds: number;
  /** How long the process, unready by then, goes on serving before it closes; load balancers notice late. */
  readonly drainSeconds: number;
  readonly log: Log;
  readonly process?: SignalledProcess;
}

/**
 * On the first SIGTERM or SIGINT: turns health unready, waits the drain, closes the application with its shutdown
 * hooks, and exits 0; exits 1 when closing fails or the grace time runs out. Later signals change nothing, since a
 * terminal's Ctrl-C and a supervisor often send two. A hook that throws is logged by Nest and stops nothing. The app
 * needs `ShutdownModule`, which `HealthModule` brings.
 */
export function runUntilSignal(app: StoppableApplication, options: ShutdownOptions): void {
  const target = options.process ?? process;
  const state = app.get(ShutdownState, { strict: false });
  const onSignal = (signal: NodeJS.Signals) => {
    if (state.isShuttingDown) return;
    state.begin();
    options.log.info('shutdown_begun', { signal });
    void closeInTime(app, options).then((code) => target.exit(code));
  };
  target.on('SIGTERM', onSignal);
  target.on('SIGINT', onSignal);
}

async function closeInTime(app: StoppableApplication, options: ShutdownOptions): Promise<0 | 1> {
  const { log, graceSeconds } = options;
  const began = performance.now();
  const graceEnds = new AbortController();
  const outcome = await Promise.race([
    drainAndClose(app, options),
    delay(graceSeconds * 1000, 'late' as const, { signal: graceEnds.signal }),
  ]);
  graceEnds.abort();
  const durationMs = performance.now() - began;
  if (outcome === 'late') log.error('shutdown_grace_exceeded', { limit_ms: graceSeconds * 1000 });
  if (outcome === 'closed') log.info('shutdown_completed', { duration_ms: durationMs });
  return outcome === 'closed' ? 0 : 1;
}

async function drainAndClose(app: StoppableApplication, options: ShutdownOptions): Promise<'closed' | 'failed'> {
  try {
    await delay(options.drainSeconds * 1000);
    await app.close();
    return 'closed';
  } catch (error) {
    options.log.error('shutdown_failed', { error });
    return 'failed';
  }
}
