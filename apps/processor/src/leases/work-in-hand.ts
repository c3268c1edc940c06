/** A bounded number of works at a time. */
export class WorkInHand {
  private readonly works = new Set<Promise<void>>();

  constructor(private readonly limit: number) {}

  get free(): number {
    return this.limit - this.works.size;
  }

  /** Resolves once there is room for one more. */
  async room(): Promise<void> {
    while (this.free <= 0) await Promise.race(this.works);
  }

  /** Starts a work, which must not reject. */
  start(work: () => Promise<void>): void {
    const running: Promise<void> = work().finally(() => this.works.delete(running));
    this.works.add(running);
  }

  /** Resolves once everything that was started has ended. */
  async idle(): Promise<void> {
    while (this.works.size > 0) await Promise.all(this.works);
  }
}
