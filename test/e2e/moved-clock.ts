import pg from 'pg';

/** Moves the service's one clock in a test's own database; Lakala's and the machine's stay. */
export class MovedClock {
  readonly #owner: pg.Pool;
  #aheadSeconds = 0;

  constructor(owner: pg.Pool) {
    this.#owner = owner;
  }

  /** Further ahead by so much, beside what it is ahead already. */
  async advance(seconds: number): Promise<void> {
    this.#aheadSeconds += seconds;
    await this.#replace(`statement_timestamp() + interval '${this.#aheadSeconds} seconds'`);
  }

  /** Stops it where it stands, so that nothing falls due by the passing of time alone. */
  async freeze(): Promise<void> {
    const { rows } = await this.#owner.query<{ now: string }>('SELECT loomi_now()::text AS now');
    await this.#replace(`timestamptz ${pg.escapeLiteral(rows[0]?.now ?? '')}`);
  }

  /** From now on it runs so many times as fast: what takes minutes by schedule is over in seconds. */
  async hurry(times: number): Promise<void> {
    const { rows } = await this.#owner.query<{ now: string; real: string }>(
      'SELECT loomi_now()::text AS now, statement_timestamp()::text AS real',
    );
    const [now, real] = [rows[0]?.now ?? '', rows[0]?.real ?? ''].map((text) => `timestamptz ${pg.escapeLiteral(text)}`);
    await this.#replace(`${now} + (statement_timestamp() - ${real}) * ${times}`);
  }

  async #replace(expression: string): Promise<void> {
    const body = pg.escapeLiteral(`SELECT ${expression}`);
    await this.#owner.query(`CREATE OR REPLACE FUNCTION loomi_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS ${body}`);
  }
}
