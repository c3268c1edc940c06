import pg from 'pg';

/** The service's one clock, made to run faster and to jump ahead. It never goes back. */
export class ChaosClock {
  readonly #books: pg.Pool;
  #speed = 1;

  constructor(books: pg.Pool) {
    this.#books = books;
  }

  async run(speed: number): Promise<void> {
    await this.#replace(speed, 0);
  }

  async jump(seconds: number): Promise<void> {
    await this.#replace(this.#speed, seconds);
  }

  async #replace(speed: number, aheadSeconds: number): Promise<void> {
    const { rows } = await this.#books.query<{ now: string; real: string }>(
      'SELECT loomi_now()::text AS now, statement_timestamp()::text AS real',
    );
    const [now, real] = [rows[0]?.now ?? '', rows[0]?.real ?? ''].map((text) => `timestamptz ${pg.escapeLiteral(text)}`);
    const then = `${now} + interval '${aheadSeconds} seconds' + (statement_timestamp() - ${real}) * ${speed}`;
    await this.#books.query(
      `CREATE OR REPLACE FUNCTION loomi_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS ${pg.escapeLiteral(`SELECT ${then}`)}`,
    );
    this.#speed = speed;
  }
}
