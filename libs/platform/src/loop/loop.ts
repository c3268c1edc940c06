import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../logging/log.js';
import type { Metrics } from '../metrics/metrics.js';
import { withinLimit } from '../clock/within-limit.js';

const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 5000;
// Below the default grace time of a shutdown, so that the connections a pass uses are still closed in order.
const STOP_LIMIT_MS = 15_000;
const OUTCOMES = ['worked', 'idle', 'failed'] as const;

/** What a {@link Loop} runs, and how it is told apart. */
export interface LoopOptions {
  /** In snake_case; labels metrics and log lines. */
  readonly name: string;
  /** One bounded pass; resolves with how much it did, 0 when nothing is left for now. */
  readonly runOnce: () => Promise<number>;
  /** How long to wait after a pass that found nothing. */
  readonly idleMs: number;
  /**
   * Asked after each pass that did not fail, with how much it did, in place of the rule below: for how long to wait, 0 for
   * again at once.
   */
  readonly restMs?: (done: number) => number;
  /** A wake-up that comes sooner after a pass waits until then, so that what comes meanwhile goes together; 0 when left out. */
  readonly gatherMs?: number;
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * Calls `runOnce` until stopped, one pass at a time: again at once after a pass that did something, after `idleMs` or
 * `wake()` when there was nothing, after a growing pause of at most 5 s when it failed.
 */
export class Loop {
  readonly name: string;
  private readonly passes;
  private readonly durations;
  private turnedAt = performance.now();
  private running: Promise<void> | undefined;
  private stopping = false;
  private woken = false;
  private failures = 0;
  private endPause: (() => void) | undefined;
  private pausedByFailure = false;

  constructor(private readonly options: LoopOptions) {
    this.name = options.name;
    const { metrics } = options;
    this.passes = metrics.counter('loomi_loop_passes_total', 'Passes of the background loops by outcome', ['loop', 'outcome']);
    this.durations = metrics.histogram('loomi_loop_pass_seconds', 'How long a pass of a background loop takes', ['loop']);
    // From the start, or a loop whose first pass never ends would have no number that stands still.
    for (const outcome of OUTCOMES) this.passes.inc({ loop: this.name, outcome }, 0);
  }

  /** How long ago the last pass ended, well or badly, in milliseconds; before the first, how long ago the loop was made. */
  get sinceLastTurnMs(): number {
    return performance.now() - this.turnedAt;
  }

  /** Begins; throws when it began before. */
  start(): void {
    if (this.running) throw new Error(`loop ${this.name} was started twice`);
    this.running = this.turn();
  }

  /** Runs a pass now instead of after the idle time, or right after the pass under way; never shortens a pause after a failure. */
  wake(): void {
    this.woken = true;
    if (!this.pausedByFailure) this.endPause?.();
  }

  /** Starts no further pass and resolves when the one under way has ended, or after `limitMs`, with a line in the log. */
  async stop(limitMs = STOP_LIMIT_MS): Promise<void> {
    this.stopping = true;
    this.endPause?.();
    if (!this.running) return;
    const ended = await withinLimit(this.running.then(() => true), limitMs, false);
    if (!ended) this.options.log.warn('loop_left_running', { loop: this.name, limit_ms: limitMs });
  }

  private async turn(): Promise<void> {
    while (!this.stopping) {
      this.woken = false;
      const pauseMs = await this.pass();
      this.turnedAt = performance.now();
      if (pauseMs > 0) {
        await this.pause(pauseMs);
        await this.gather();
      }
      // Even a loop that always finds work must let timers, sockets and stop() have their turn.
      else await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private async pass(): Promise<number> {
    const { name, runOnce, idleMs, restMs, log } = this.options;
    const began = performance.now();
    try {
      const done = await runOnce();
      this.failures = 0;
      this.count(done > 0 ? 'worked' : 'idle', began);
      if (restMs) return restMs(done);
      return done > 0 ? 0 : idleMs;
    } catch (error) {
      this.failures += 1;
      this.count('failed', began);
      const pauseMs = Math.min(FIRST_BACKOFF_MS * 2 ** (this.failures - 1), LONGEST_BACKOFF_MS);
      // Of a long row of failures the first, second, fourth, eighth, … is told: an outage must not flood the log.
      if (Number.isInteger(Math.log2(this.failures))) {
        log.error('loop_failed', { loop: name, attempts: this.failures, retry_in_ms: pauseMs, error });
      }
      return pauseMs;
    }
  }

  private pause(ms: number): Promise<void> {
    this.pausedByFailure = this.failures > 0;
    if (this.stopping || (this.woken && !this.pausedByFailure)) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.endPause?.(), ms);
      this.endPause = () => {
        clearTimeout(timer);
        this.endPause = undefined;
        this.pausedByFailure = false;
        resolve();
      };
    });
  }

  private async gather(): Promise<void> {
    const restMs = (this.options.gatherMs ?? 0) - this.sinceLastTurnMs;
    if (restMs > 0 && !this.stopping) await delay(Math.ceil(restMs));
  }

  private count(outcome: (typeof OUTCOMES)[number], began: number): void {
    const { name } = this;
    this.passes.inc({ loop: name, outcome });
    this.durations.observe({ loop: name }, (performance.now() - began) / 1000);
  }
}
