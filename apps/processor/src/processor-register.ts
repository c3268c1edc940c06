import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { GatewayBudget } from './gateway/gateway-budget.js';

/** A processor not seen for this long does not count; it is seen every few seconds. */
const ALIVE_SECONDS = 15;
const FORGOTTEN_SECONDS = 3_600;

/** Keeps this processor on the list of those that live, and divides the gateway's budget by their number. */
export class ProcessorRegister {
  private readonly id = uuidv7();

  constructor(
    private readonly dataSource: DataSource,
    private readonly budget: GatewayBudget,
  ) {}

  async runOnce(): Promise<number> {
    await this.dataSource.query(
      `INSERT INTO processors (id) VALUES ($1)
       ON CONFLICT ON CONSTRAINT processors_pk DO UPDATE SET seen_at = loomi_now()`,
      [this.id],
    );
    await this.dataSource.query(`DELETE FROM processors WHERE seen_at < loomi_now() - make_interval(secs => ${FORGOTTEN_SECONDS})`);
    const [row] = await this.dataSource.query<{ living: string }[]>(
      `SELECT count(*) AS living FROM processors WHERE seen_at > loomi_now() - make_interval(secs => ${ALIVE_SECONDS})`,
    );
    this.budget.divideBy(Number(row?.living ?? 1));
    return 0;
  }

  /** So that the others have its share at once. */
  async leave(): Promise<void> {
    await this.dataSource.query('DELETE FROM processors WHERE id = $1', [this.id]);
  }
}
