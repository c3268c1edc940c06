import type pg from 'pg';
import type { JsonObject } from './json-text.ts';

/** One row that was written, by whomever. */
export interface Change {
  table: string;
  act: 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE';
  before: JsonObject | null;
  after: JsonObject | null;
}

// Owned by the database's owner and run with its rights: the services' roles can neither see nor stop it.
const WATCH = `
CREATE TABLE fuzz_changes (
  id bigserial PRIMARY KEY, relation text NOT NULL, act text NOT NULL, before jsonb, after jsonb);
CREATE FUNCTION fuzz_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO fuzz_changes (relation, act, before, after) VALUES (TG_ARGV[0], TG_OP,
    CASE WHEN TG_LEVEL = 'ROW' AND TG_OP <> 'INSERT' THEN to_jsonb(OLD) - 'raw' END,
    CASE WHEN TG_LEVEL = 'ROW' AND TG_OP <> 'DELETE' THEN to_jsonb(NEW) - 'raw' END);
  RETURN NULL;
END $$;`;

/** Every ordinary table and every partitioned one; a partition takes the row triggers of its parent. */
const TABLES = `
SELECT c.relname, c.relispartition FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND c.relname <> 'fuzz_changes'`;

/** Sees every row that is written in any table of the service, in whatever transaction that commits. */
export class ChangeWatch {
  readonly #owner: pg.Pool;

  private constructor(owner: pg.Pool) {
    this.#owner = owner;
  }

  /** From now on nothing may run beside the requests: what the processor writes by itself would look like theirs. */
  static async begin(owner: pg.Pool): Promise<ChangeWatch> {
    await owner.query(WATCH);
    const { rows } = await owner.query<{ relname: string; relispartition: boolean }>(TABLES);
    for (const { relname, relispartition } of rows) {
      const call = `EXECUTE FUNCTION fuzz_record('${relname}')`;
      await owner.query(`CREATE TRIGGER fuzz_truncations AFTER TRUNCATE ON ${relname} FOR EACH STATEMENT ${call}`);
      if (relispartition) continue;
      await owner.query(
        `CREATE TRIGGER fuzz_changes AFTER INSERT OR UPDATE OR DELETE ON ${relname} FOR EACH ROW ${call}`,
      );
    }
    return new ChangeWatch(owner);
  }

  /** What was written since this was last asked, in order. */
  async changes(): Promise<Change[]> {
    const { rows } = await this.#owner.query<Change & { id: string }>(
      'WITH gone AS (DELETE FROM fuzz_changes RETURNING *) SELECT id, relation AS "table", act, before, after FROM gone ORDER BY id',
    );
    return rows.map(({ table, act, before, after }) => ({ table, act, before, after }));
  }
}

/** The columns in which a row differs from what it was. */
export function changedColumns({ before, after }: Change): string[] {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...names].filter((name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]));
}
