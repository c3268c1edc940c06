/** How many requests of a kind may be inside at a time. */
export interface Room {
  /** So many at least, however long they stay. */
  readonly least: number;
  /** So many at most, so that a burst is welcome where nobody had to wait before. */
  readonly greatest: number;
  /** In between, as many as stay for no longer than this on average. */
  readonly aimMs: number;
}

/** An average is taken over so many times the aim. */
const AIMS_OF_A_LOOK = 2;
// Room is made slowly and taken back at once: too little costs a few callers a second try, too much makes all of them wait.
const WIDENS_BY = 1.1;
const NARROWS_BY_AT_MOST = 0.5;

/**
 * Lets requests in as long as those inside do not stay for too long. Not by their number: the same queue is short where the
 * service is fast and long where it is slow, be it the processor or the database that makes it so.
 */
export class Doorkeeper {
  private inside = 0;
  private mostInside: number;
  private left = 0;
  private stayedMs = 0;
  private lookedAtMs: number;

  /** @param now milliseconds of a clock that never goes back. */
  constructor(
    private readonly room: Room,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.mostInside = room.greatest;
    this.lookedAtMs = now();
  }

  /** Lets one in, who calls what this gives when it leaves, once, however it ended; null where it is to come again. */
  enter(): (() => void) | null {
    const cameAtMs = this.now();
    this.look(cameAtMs);
    if (this.inside >= this.mostInside) return null;
    this.inside += 1;
    return () => {
      this.inside -= 1;
      this.left += 1;
      this.stayedMs += this.now() - cameAtMs;
    };
  }

  private look(nowMs: number): void {
    const { least, greatest, aimMs } = this.room;
    const sinceMs = nowMs - this.lookedAtMs;
    if (sinceMs < AIMS_OF_A_LOOK * aimMs) return;
    const meanMs = this.left > 0 ? this.stayedMs / this.left : this.inside > 0 ? sinceMs : 0;
    if (meanMs > aimMs) this.mostInside = Math.max(least, this.mostInside * Math.max(NARROWS_BY_AT_MOST, aimMs / meanMs));
    else this.mostInside = Math.min(greatest, this.mostInside * WIDENS_BY ** (sinceMs / (AIMS_OF_A_LOOK * aimMs)));
    this.left = 0;
    this.stayedMs = 0;
    this.lookedAtMs = nowMs;
  }
}
