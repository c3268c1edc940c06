import type { DataSource } from 'typeorm';

/** Longer than the longest step: a close and a query at the longest time-out, and what the database needs between. */
export const LEASE_SECONDS = 60;
const LONGEST_RETRY_SECONDS = 600;

/** The right to work on one order or refund for a while. A later lease has a higher number and ends this one. */
export interface Lease {
  id: string;
  no: number;
}

/** Who works on what: a column of the row itself, so that there is no second queue to keep in step. */
export class OrderLeases {
  constructor(
    private readonly dataSource: DataSource,
    private readonly table: 'payment_orders' | 'refund_orders',
  ) {}

  /** Leases up to `limit` rows that are due, the longest due first. */
  async claimDue(limit: number): Promise<Lease[]> {
    return this.claim(
      `SELECT id FROM ${this.table} WHERE due_at <= loomi_now() AND (leased_until IS NULL OR leased_until <= loomi_now())
       ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED`,
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
