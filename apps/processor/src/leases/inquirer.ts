import type { Lease, OrderLeases } from './order-leases.js';
import type { WorkInHand } from './work-in-hand.js';

/** Rows leased in one statement: what is leased must be begun soon. */
const BATCH = 32;

/**
 * Finds what is due and has it worked on: what a wake-up named, and once a second whatever nobody brought news of (查单).
 * Resolves once the leases are held; the works go on.
 */
export class Inquirer {
  constructor(
    private readonly leases: OrderLeases,
    private readonly work: (lease: Lease) => Promise<void>,
    private readonly inHand: WorkInHand,
  ) {}

  /** One pass over what is due; resolves with how many rows it leased. */
  async runOnce(): Promise<number> {
    await this.inHand.room();
    return this.begin(await this.leases.claimDue(Math.min(BATCH, this.inHand.free)));
  }

  /** Leases those of the named rows that are due; the others are somebody else's, or were done already. */
  async take(ids: readonly string[]): Promise<void> {
    for (let from = 0; from < ids.length; ) {
      await this.inHand.room();
      const batch = ids.slice(from, from + Math.min(BATCH, this.inHand.free));
      this.begin(await this.leases.claimThese(batch));
      from += batch.length;
    }
  }

  private begin(leases: readonly Lease[]): number {
    for (const lease of leases) this.inHand.start(() => this.work(lease));
    return leases.length;
  }
}
