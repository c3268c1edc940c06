import type { DataSource, QueryRunner } from 'typeorm';

/** Thrown where the process is dead: nothing it begins from then on reaches the database. */
export class Dead extends Error {
  override name = 'Dead';
}

/** Counts the statements of a process, and lets something happen right before one of them. */
export class Interrupted {
  /** How many statements there were. */
  statements = 0;
  struck = false;

  constructor(db: DataSource, at: number, strike: () => Promise<void>) {
    const create = db.createQueryRunner.bind(db);
    db.createQueryRunner = (mode) => this.#watched(create(mode), at, strike);
  }

  #watched(runner: QueryRunner, at: number, strike: () => Promise<void>): QueryRunner {
    const query = runner.query.bind(runner) as (...call: unknown[]) => Promise<unknown>;
    const watched = async (...call: unknown[]): Promise<unknown> => {
      // The server rolls back what a dead process leaves open.
      if (String(call[0]).startsWith('ROLLBACK')) return query(...call);
      this.statements += 1;
      if (this.statements >= at && (!this.struck || strike === die)) {
        this.struck = true;
        await strike();
      }
      return query(...call);
    };
    runner.query = watched as QueryRunner['query'];
    return runner;
  }
}

/** The process dies here. */
export async function die(): Promise<void> {
  throw new Dead('the process is dead');
}
