import { setTimeout as delay } from 'node:timers/promises';
import type { GatewayBudget } from '../gateway/gateway-budget.js';
import type { DueKind, Lease, OrderLeases } from './order-leases.js';
import type { WorkInHand } from './work-in-hand.js';

/** Rows leased in one statement: what is leased must be begun soon. */
const BATCH = 32;
/** Where more is due than may be asked, the next look waits for this much of the budget. */
const PACE_MS = 50;

/** Rows that wait for the same kind of call. */
export interface Lane<Held> {
  /** How many such calls could go out now: more are not leased, so that what is due longest stays first. */
  room(): number;
  claim(limit: number): Promise<Held[]>;
}

/** Payment orders that wait for a page. */
export function createLane(leases: OrderLeases, budget: GatewayBudget): Lane<Lease> {
  return { room: () => budget.createRoom(), claim: (limit) => leases.claimDue(limit, 'creates') };
}

/** Whatever else is due: to be asked about, closed, refunded, or ended without a call. */
export function questionLane(leases: OrderLeases, budget: GatewayBudget, kind: DueKind): Lane<Lease> {
  return { room: () => budget.questionRoom(), claim: (limit) => leases.claimDue(limit, kind) };
}

/**
 * Finds what is due and has it worked on: what a wake-up named, and once a second whatever nobody brought news of (查单).
 * Resolves once the leases are held; the works go on.
 */
export class Inquirer<Held = Lease> {
  /** Rows wait that are due longer than any that is just being woken. */
  private isBehind = false;

  constructor(
    /** Leases those of the named rows that are due and that nobody holds. */
    private readonly claimThese: (ids: readonly string[]) => Promise<Held[]>,
    /** The first is served first. */
    private readonly lanes: readonly Lane<Held>[],
    private readonly work: (held: Held) => Promise<void>,
    private readonly inHand: WorkInHand,
  ) {}

  /** One pass over what is due; resolves with how many rows it leased, or 1 where some had to be left. */
  async runOnce(): Promise<number> {
    let leased = 0;
    let isBehind = false;
    let isShort = false;
    for (const lane of this.lanes) {
      const places = await this.inHand.reserve(BATCH);
      const limit = Math.min(places, lane.room());
      const found = await this.begin(places, () => (limit > 0 ? lane.claim(limit) : Promise.resolve([])));
      leased += found;
      isBehind ||= found === limit;
      isShort ||= found === limit && limit < places;
    }
    this.isBehind = isBehind;
    if (isShort) await delay(PACE_MS);
    return isBehind ? Math.max(1, leased) : leased;
  }

  /**
   * Leases those of the named rows that are due; the others are somebody else's, or were done already. Where older rows
   * wait, it leaves these to their turn: they are due rows as well.
   */
  async take(ids: readonly string[]): Promise<void> {
    for (let from = 0; from < ids.length && !this.isBehind; ) {
      const places = await this.inHand.reserve(BATCH);
      const room = Math.max(...this.lanes.map((lane) => lane.room()));
      const batch = ids.slice(from, from + Math.min(places, room));
      await this.begin(places, () => (batch.length > 0 ? this.claimThese(batch) : Promise.resolve([])));
      from += batch.length;
      if (from < ids.length) await delay(PACE_MS);
    }
  }

  private async begin(places: number, claim: () => Promise<Held[]>): Promise<number> {
    let leases: Held[] = [];
    try {
      leases = await claim();
      for (const lease of leases) this.inHand.start(() => this.work(lease));
      return leases.length;
    } finally {
      this.inHand.giveBack(places - leases.length);
    }
  }
}
