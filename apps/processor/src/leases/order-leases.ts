import type { DataSource } from 'typeorm';

/** Longer than the longest step: a close and a query at the longest time-out, and what the database needs between. */
export const LEASE_SECONDS = 60;
const LONGEST_RETRY_SECONDS = 600;

/** The right to work on one order or refund for a while. A later lease has a higher number and ends this one. */
export interface Lease {
  id: string;
  no: number;
}

/** Nothing of it is open at Lakala and its time is not over: it waits for a page, and for nothing else. */
const WAITS_FOR_PAGE = `o.status = 'pending' AND o.close_requested_at IS NULL AND o.expires_at > loomi_now() AND NOT EXISTS (
  SELECT 1 FROM gateway_attempts a WHERE a.payment_order_id = o.id AND a.state IN ('begun', 'abandoned') AND NOT a.over)`;

/** Which due rows: payment orders that only wait for a page, all others, or whatever is due. */
export type DueKind = 'creates' | 'questions' | 'any';

const CONDITIONS: Readonly<Record<DueKind, string>> = {
  creates: `AND ${WAITS_FOR_PAGE}`,
  questions: `AND NOT (${WAITS_FOR_PAGE})`,
  any: '',
};

/** Who works on what: a column of the row itself, so that there is no second queue to keep in step. */
export class OrderLeases {
  constructor(
    private readonly dataSource: DataSource,
    private readonly table: 'payment_orders' | 'refund_orders',
  ) {}

  /** Leases up to `limit` rows that are due, the longest due first. */
  async claimDue(limit: number, kind: DueKind = 'any'): Promise<Lease[]> {
    return this.claim(
      `SELECT o.id FROM ${this.table} o
       WHERE o.due_at <= loomi_now() AND (o.leased_until IS NULL OR o.leased_until <= loomi_now()) ${CONDITIONS[kind]}
       ORDER BY o.due_at LIMIT $1 FOR UPDATE OF o SKIP LOCKED`,
      limit,
    );
  }

  /** Leases those of the given rows that are due and that nobody holds. */
  async claimThese(ids: readonly string[]): Promise<Lease[]> {
    return this.claim(
      `SELECT id FROM ${this.table} WHERE id = ANY($1) AND due_at <= loomi_now()
       AND (leased_until IS NULL OR leased_until <= loomi_now()) FOR UPDATE SKIP LOCKED`,
      ids,
    );
  }

  /** Gives a row back whose work failed, to be tried again later; says how often it did and why. */
  async failed(lease: Lease, reason: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE ${this.table} SET leased_until = NULL, failures = failures + 1, last_error = $3,
         due_at = loomi_now() + make_interval(secs => least(${LONGEST_RETRY_SECONDS}, 2 ^ least(failures, 10)))
       WHERE id = $1 AND lease_no = $2`,
      [lease.id, lease.no, reason],
    );
  }

  private async claim(select: string, parameter: unknown): Promise<Lease[]> {
    const [rows] = await this.dataSource.query<[Lease[], number]>(
      `UPDATE ${this.table} o
       SET leased_until = loomi_now() + make_interval(secs => ${LEASE_SECONDS}), lease_no = o.lease_no + 1
       FROM (${select}) due WHERE o.id = due.id RETURNING o.id, o.lease_no AS no`,
      [parameter],
    );
    return rows;
  }
}
