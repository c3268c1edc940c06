import type { DataSource, EntityManager } from 'typeorm';
import { openStreamWorld, type StreamWorld } from '../../../../test/fixtures/relay-world.ts';
import { EventRelay } from './event-relay.js';

const MANY = 20_000;
let world: StreamWorld;

beforeAll(async () => {
  world = await openStreamWorld();
});
afterAll(() => world.close());

it('events are read in the order of their index though the planner knows nothing of them yet', async () => {
  // What came at once since the last ANALYZE, as on a busy day: left alone, the planner sorts all that is left for every batch.
  await world.owner.query(
    `INSERT INTO events (id, kind, subject_id, seq, app_id, fields, entry_ms, entry_seq)
     SELECT uuidv7(), 'payment', uuidv7(), 1, 'shop', '{"app_id": "shop"}', floor(extract(epoch FROM loomi_now()) * 1000), n
     FROM generate_series(1, ${MANY}) n`,
  );
  await world.owner.query(`UPDATE event_log_head SET (entry_ms, entry_seq) = (SELECT max(entry_ms), ${MANY} FROM events)`);
  const plans: string[] = [];
  const { redis, log, metrics } = world;
  const relay = new EventRelay({ dataSource: explaining(world.dataSource, plans), redis, log, metrics });

  while ((await relay.runOnce()) > 0);

  expect(await world.app.xlen('payment_results')).toBe(MANY);
  expect(plans.length).toBeGreaterThan(0);
  expect(plans.filter((plan) => /Sort {2}\(|Bitmap/.test(plan))).toEqual([]);
});

/** The data source, that asks for the plan of every batch of events just before it is read. */
function explaining(dataSource: DataSource, plans: string[]): DataSource {
  const explained = (em: EntityManager): EntityManager =>
    replacing(em, 'query', async (sql: string, values: unknown[]) => {
      if (sql.startsWith('SELECT entry_ms, entry_seq, fields')) {
        const rows = await em.query<{ 'QUERY PLAN': string }[]>(`EXPLAIN ${sql}`, values);
        plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
      }
      return em.query<unknown>(sql, values);
    });
  return replacing(dataSource, 'transaction', (work: (em: EntityManager) => Promise<unknown>) =>
    dataSource.transaction((em) => work(explained(em))));
}

function replacing<T extends object>(target: T, member: string, by: (...args: never[]) => unknown): T {
  return new Proxy(target, {
    get: (of, name) => {
      if (name === member) return by;
      const found: unknown = Reflect.get(of, name);
      return typeof found === 'function' ? (found as (...args: unknown[]) => unknown).bind(of) : found;
    },
  });
}
