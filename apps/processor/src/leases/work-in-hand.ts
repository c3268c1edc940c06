/** A bounded number of works at a time. */
export class WorkInHand {
  private readonly works = new Set<Promise<void>>();
  private readonly waiting: (() => void)[] = [];
  private taken = 0;

  constructor(private readonly limit: number) {}

  /** How many there are, with the places that were reserved. */
  get held(): number {
    return this.taken;
  }

  /**
   * Resolves, once there is a place, with how many were taken, `most` at most. Taken before anybody looks for work, or two
   * who look at once would fill the same places. Each is for a `start`, or is given back.
   */
  async reserve(most: number): Promise<number> {
    while (this.taken >= this.limit) await new Promise<void>((resolve) => this.waiting.push(resolve));
    const places = Math.min(most, this.limit - this.taken);
    this.taken += places;
    return places;
  }

  giveBack(places: number): void {
    this.taken -= places;
    for (const wake of this.waiting.splice(0)) wake();
  }

  /** Starts a work, which must not reject, in a place that was reserved. */
  start(work: () => Promise<void>): void {
    const running: Promise<void> = work().finally(() => {
      this.works.delete(running);
      this.giveBack(1);
    });
    this.works.add(running);
  }

  /** Resolves once everything that was started has ended. */
  async idle(): Promise<void> {
    while (this.works.size > 0) await Promise.all(this.works);
  }
}
