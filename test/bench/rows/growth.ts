import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import pg from 'pg';
import { withBulkSettings } from '../growth/bulk-settings.ts';
import { addDueOrders, addEvents, BATCH, mustBeOnStream, mustHaveFailed } from '../growth/fresh-work.ts';
import { ordersOfEach, type Past } from '../growth/life.ts';
import { loadPast } from '../growth/load-past.ts';
import { startSide, type Side } from '../growth/side.ts';
import type { Line } from '../judge.ts';
import type { Requests } from '../load/jobs.ts';
import { rateOf } from '../loads.ts';
import type { Row } from '../row.ts';
import { inTurn } from '../turns.ts';
import { checkDurability, type Workplace } from '../workplace.ts';

const NAME = 'growth';
const YOUNG = 10_000;
const PREFIX = 'g0000';
/** With attempt, trade, proof and all indexes; and PostgreSQL's write-ahead log, up to its limit while it is loaded. */
const BYTES_OF_AN_ORDER = 2_200;
const BYTES_OF_THE_LOG = 9e9;
/** As one sizes a server of so many orders, for both sides; the default of 128 MB would be smaller than one of the indexes. */
const SIZED = { shared_buffers: '4GB', track_io_timing: 'on' };
const GOAL = { rule: 'at least', ratio: 0.9 } as const;

export const GROWTH: Row = {
  name: NAME,
  compares: 'creates, queries, orders that fall due and events, each a second, with ten million orders : with ten thousand',
  // Only the server and the sandbox: each side has an API and a processor of its own.
  stack: { replicas: { api: 0, processor: 0 }, postgres: { settings: SIZED } },
  isSlow: true,
  measure: async (place) => {
    const [old, young] = await bothPasts(place);
    const sides: Side[] = [];
    try {
      const grown = await startSide(place, 'grown', place.stack.databaseUrl);
      sides.push(grown);
      const fresh = await startSide(place, 'fresh', place.controlUrl);
      sides.push(fresh);
      const compare = async (what: string, rate: (side: Side, past: Past) => Promise<number>): Promise<Line> => {
        place.say(`  ${NAME}-${what}`);
        const turns = await inTurn(place, () => withReads(place, grown, () => rate(grown, old)), () => withReads(place, fresh, () => rate(fresh, young)));
        return { name: `${NAME}-${what}`, unit: '/s', goal: GOAL, ...turns };
      };
      // Creates last: nobody works on them, and a pass of the inquirer would find them due.
      return [
        await compare('inquirer', (side) => passRate(place, side, addDueOrders, () => side.processor.workPayments(), mustHaveFailed)),
        await compare('relay', (side) => passRate(place, side, addEvents, () => side.processor.relay(), mustBeOnStream)),
        await compare('query', (side, past) => rateOf(place, side.apiUrl, queriesOf(side, past))),
        await compare('create', (side) => rateOf(place, side.apiUrl, { what: 'creates', caller: side.caller, prefix: place.newPrefix() })),
      ];
    } finally {
      await Promise.all(sides.map((side) => side.stop()));
    }
  },
};

async function bothPasts(place: Workplace): Promise<[Past, Past]> {
  const { stack, controlUrl, say, options } = place;
  const old: Past = { orders: options.orders, untilMs: Date.now(), prefix: PREFIX };
  const young: Past = { ...old, orders: YOUNG };
  checkRoom(old.orders);
  say(`  loading ${old.orders} and ${young.orders} orders`);
  await withBulkSettings(stack.databaseUrl, async () => {
    await loadPast(controlUrl, young, () => undefined);
    await loadPast(stack.databaseUrl, old, say);
  });
  await checkDurability(stack.databaseUrl);
  return [old, young];
}

/** Tells beside a measurement what PostgreSQL had to fetch for it from outside its own memory. */
async function withReads<Result>({ say }: Workplace, { databaseUrl, name }: Side, measure: () => Promise<Result>): Promise<Result> {
  const before = await pagesOf(databaseUrl);
  const result = await measure();
  const after = await pagesOf(databaseUrl);
  const [read, all] = [after.read - before.read, after.read - before.read + after.hit - before.hit];
  say(`    ${name}: ${read} of ${all} pages were not in shared buffers, ${(after.read_ms - before.read_ms).toFixed(0)} ms for them`);
  return result;
}

interface Pages {
  read: number;
  hit: number;
  read_ms: number;
}

async function pagesOf(databaseUrl: string): Promise<Pages> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Pages>(
      `SELECT blks_read::float8 AS read, blks_hit::float8 AS hit, blk_read_time AS read_ms FROM pg_stat_database WHERE datname = current_database()`,
    );
    return rows[0] as Pages;
  } finally {
    await client.end();
  }
}

/** Rather than fill the disk for minutes and fail. */
function checkRoom(orders: number): void {
  const { bavail, bsize } = statfsSync(tmpdir());
  const [free, needed] = [bavail * bsize, orders * BYTES_OF_AN_ORDER + BYTES_OF_THE_LOG];
  if (free >= needed) return;
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(0);
  throw new Error(`it needs ${gigabytes(needed)} GB in ${tmpdir()}, and ${gigabytes(free)} are free`);
}

/** Of all orders of the app, old and new. */
function queriesOf({ caller }: Side, past: Past): Requests {
  return { what: 'queries', caller, prefix: PREFIX, count: ordersOfEach(past) };
}

/** How many a second a pass deals with, what it is given to do not counted in the time. */
async function passRate(
  place: Workplace,
  { databaseUrl, processor }: Side,
  add: (client: pg.Client) => Promise<void>,
  pass: () => Promise<unknown>,
  mustBeDone: (client: pg.Client) => Promise<void>,
): Promise<number> {
  const books = new pg.Client({ connectionString: databaseUrl });
  await books.connect();
  try {
    let [passes, ms] = [0, 0];
    // What others left for it, the first time a week of events.
    while ((await processor.relay()) > 0);
    while (ms < place.options.seconds * 1_000) {
      await add(books);
      await processor.renewBudget();
      const beganMs = performance.now();
      await pass();
      ms += performance.now() - beganMs;
      passes += 1;
      await mustBeDone(books);
    }
    return (passes * BATCH * 1_000) / ms;
  } finally {
    await books.end();
  }
}
