import { setTimeout as delay } from 'node:timers/promises';
import type { CreateBreaker } from './create-breaker.js';

/** Orders and refunds one processor works on at a time: each holds at most one call. */
export const MAX_WORK_IN_HAND = 64;
/** Creates never hold more of it than this, so that a slow Lakala leaves room for questions about money. */
const MAX_CREATES_IN_FLIGHT = 48;
/** Lakala answers in well under a second: when so many creates wait for longer, no further ones are sent after them. */
const MAX_SLOW_CREATES = 8;
const SLOW_MS = 3_000;
/** The share of the bucket that creates leave to questions. */
const RESERVED_SHARE = 0.3;
/** The share of the rate that creates may take however many questions wait: else many open orders would end all sales. */
const CREATE_SHARE = 0.2;
/**
 * What may go out at once of a second's calls: all of them would make a wave, and two bucketfuls of them a second. Less
 * than comes in between two looks at what is due would be lost.
 */
const BURST_SHARE = 0.2;
/** A bucket for fewer would leave nothing to a create beside the reserve. */
const SMALLEST_BURST = 2;
const LOOK_EVERY_MS = 20;
/** An order that was closed and not yet asked about holds a place: after this it is asked about in any case. */
const LONGEST_TURN_MS = 10_000;

/** A call that may go out; `end` is called when its answer is here. */
export interface Permit {
  end(): void;
}

/**
 * How many calls this processor may make: a token bucket that is filled evenly and starts empty, so that no second sees
 * more calls than the share of it, also when Lakala is back and everything waits. Questions about money go before
 * creates, which keep a small part of the rate.
 */
export class GatewayBudget {
  private tokens = 0;
  /** Creates that may go out although questions wait. */
  private owedCreates = 0;
  private filledAtMs: number;
  /** When each create that is not answered was begun. */
  private readonly creates = new Set<{ atMs: number }>();
  private callsPerSecond = 0;
  private sharedUntilMs = 0;

  constructor(
    private readonly maxCallsPerSecond: number,
    private readonly breaker: CreateBreaker,
    /** Never set back, and running on while the process is paused. */
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.filledAtMs = nowMs();
  }

  /** The calls are divided by the processors that live. Not renewed in time the share is void: the others have it then. */
  shareWith(processors: number, untilMs: number): void {
    this.fill();
    this.callsPerSecond = this.maxCallsPerSecond / Math.max(1, processors);
    this.sharedUntilMs = untilMs;
  }

  /** For the metrics: the share, 0 where it is void, what is left of it, and how many creates are not answered. */
  get standing(): { callsPerSecond: number; tokens: number; creates: number } {
    this.fill();
    const callsPerSecond = this.nowMs() > this.sharedUntilMs ? 0 : this.callsPerSecond;
    return { callsPerSecond, tokens: this.tokens, creates: this.creates.size };
  }

  /** How many creates could go out now. */
  createRoom(): number {
    if (!this.breaker.allows(this.creates.size) || this.slowCreates >= MAX_SLOW_CREATES) return 0;
    this.fill();
    const beyondReserve = this.tokens - this.capacity * RESERVED_SHARE;
    const tokens = Math.floor(Math.max(beyondReserve, Math.min(this.owedCreates, this.tokens)));
    const places = this.breaker.isClosed ? MAX_CREATES_IN_FLIGHT - this.creates.size : 1;
    return Math.max(0, Math.min(tokens, places));
  }

  /** How many questions could go out now. */
  questionRoom(): number {
    this.fill();
    return Math.floor(this.tokens);
  }

  takeCreate(): Permit | null {
    if (this.createRoom() < 1) return null;
    this.tokens -= 1;
    this.owedCreates = Math.max(0, this.owedCreates - 1);
    const create = { atMs: this.nowMs() };
    this.creates.add(create);
    return { end: () => void this.creates.delete(create) };
  }

  takeQuestion(): boolean {
    if (this.questionRoom() < 1) return false;
    this.tokens -= 1;
    return true;
  }

  /** Resolves when one more question may go out. */
  async questionTurn(): Promise<void> {
    const latestMs = this.nowMs() + LONGEST_TURN_MS;
    while (!this.takeQuestion() && this.nowMs() < latestMs) await delay(LOOK_EVERY_MS);
  }

  private fill(): void {
    const nowMs = this.nowMs();
    const filledMs = Math.max(0, Math.min(nowMs, this.sharedUntilMs) - this.filledAtMs);
    const refill = (filledMs / 1_000) * this.rate;
    this.tokens = nowMs > this.sharedUntilMs ? 0 : Math.min(this.capacity, this.tokens + refill);
    this.owedCreates = Math.min(Math.max(1, this.capacity * CREATE_SHARE), this.owedCreates + refill * CREATE_SHARE);
    this.filledAtMs = nowMs;
  }

  private get slowCreates(): number {
    const slowSinceMs = this.nowMs() - SLOW_MS;
    return [...this.creates].filter(({ atMs }) => atMs <= slowSinceMs).length;
  }

  private get capacity(): number {
    return Math.max(SMALLEST_BURST, this.callsPerSecond * BURST_SHARE);
  }

  /** A full bucket and a second's filling are the share together; of a share too small for both, half is filled. */
  private get rate(): number {
    return Math.max(this.callsPerSecond / 2, this.callsPerSecond - this.capacity);
  }
}
