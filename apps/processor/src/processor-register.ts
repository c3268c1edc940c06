import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { GatewayBudget } from './gateway/gateway-budget.js';

/** A processor not seen for this long does not count; it is seen every two seconds. */
const ALIVE_SECONDS = 8;
/** So long a processor may call on the strength of one look: it ends before the others take its share for theirs. */
const SHARE_MS = 6_000;
const FORGOTTEN_SECONDS = 3_600;

// By PostgreSQL's own clock: who lives is a question of real time, also where a test has moved the service's.
const SEEN = `
INSERT INTO processors AS p (id, started_at, seen_at) VALUES ($1, clock_timestamp(), clock_timestamp())
ON CONFLICT ON CONSTRAINT processors_pk DO UPDATE SET seen_at = excluded.seen_at,
  started_at = CASE WHEN p.seen_at < excluded.seen_at - make_interval(secs => ${ALIVE_SECONDS})
    THEN excluded.started_at ELSE p.started_at END`;

// Who has not looked since we came divides by one too few.
const LIVING = `
SELECT count(*) AS living, bool_and(me.id <= other.id) AS eldest, count(*) FILTER (WHERE other.id <> me.id AND other.seen_at <= me.started_at) AS unaware
FROM processors me, processors other
WHERE me.id = $1 AND other.seen_at > clock_timestamp() - make_interval(secs => ${ALIVE_SECONDS})`;

/**
 * Keeps this processor on the list of those that live, and divides the gateway's budget by their number. Who comes, or
 * comes back after a pause, has no share before all others know it; who is paused loses it before they take it.
 */
export class ProcessorRegister {
  private readonly id = uuidv7();
  private eldest = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly budget: GatewayBudget,
  ) {}

  /** Whether no other that lives began before this one, as of the last look: what one of them is to do, it does. */
  get isEldest(): boolean {
    return this.eldest;
  }

  async runOnce(): Promise<number> {
    const untilMs = performance.now() + SHARE_MS;
    await this.dataSource.query(SEEN, [this.id]);
    await this.dataSource.query(
      `DELETE FROM processors WHERE seen_at < clock_timestamp() - make_interval(secs => ${FORGOTTEN_SECONDS})`,
    );
    const [row] = await this.dataSource.query<{ living: string; eldest: boolean; unaware: string }[]>(LIVING, [this.id]);
    this.eldest = row?.eldest ?? false;
    if (row && Number(row.unaware) === 0) this.budget.shareWith(Number(row.living), untilMs);
    return 0;
  }

  /** So that the others have its share at once. */
  async leave(): Promise<void> {
    await this.dataSource.query('DELETE FROM processors WHERE id = $1', [this.id]);
  }
}
