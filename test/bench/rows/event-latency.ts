import pg from 'pg';
import { urlForRole } from '../../stack/databases.ts';
import { until } from '../../stack/until.ts';
import type { CommitsJob, KnownOrder, Measurement } from '../load/jobs.ts';
import { actsIn } from '../load/steady.ts';
import { latencyLines, RATE } from '../latency-lines.ts';
import { CONNECTIONS, platformKeyFile, spanOf } from '../loads.ts';
import type { Row } from '../row.ts';
import { inTurn } from '../turns.ts';
import { warmUp, wholeService } from '../whole-service.ts';
import type { Workplace } from '../workplace.ts';

const NAME = 'event-latency';
const PAGES_MS = 120_000;
/** The product's own default. */
const POOL_SIZE = 10;

export const EVENT_LATENCY: Row = {
  name: NAME,
  compares: `from a notification's acknowledgement to its event on the stream, at ${RATE} a second : one commit and one XADD`,
  stack: wholeService(1),
  measure: async (place) => {
    await warmUp(place);
    const books = new pg.Pool({ connectionString: place.stack.databaseUrl, max: 1 });
    try {
      const turns = await inTurn(place, () => notify(place, books), () => place.load.run(commitsOf(place)));
      return latencyLines(NAME, turns, { p50: 8, p99: 40 });
    } finally {
      await books.end();
    }
  },
};

async function notify(place: Workplace, books: pg.Pool): Promise<Measurement> {
  const { stack, load } = place;
  const pace = { perSecond: RATE, ...spanOf(place) };
  const orders = await payable(place, books, actsIn(pace));
  return load.run({ kind: 'events', ...pace, url: stack.baseUrl, redisUrl: stack.redisUrl, keyFile: platformKeyFile(place), orders });
}

/** So many new orders whose pages are open. */
async function payable(place: Workplace, books: pg.Pool, count: number): Promise<KnownOrder[]> {
  const { stack, caller, load, newPrefix } = place;
  const prefix = newPrefix();
  const requests = { what: 'creates', caller, prefix, count } as const;
  await load.run({ kind: 'closed', urls: [stack.baseUrl], connections: CONNECTIONS, warmSeconds: 0, seconds: PAGES_MS / 1_000, requests });
  let rows: KnownOrder[] = [];
  await until(`${count} pages`, PAGES_MS, async () => (rows = await payableOf(books, prefix)).length === count);
  return rows;
}

async function payableOf(books: pg.Pool, prefix: string): Promise<KnownOrder[]> {
  const { rows } = await books.query<KnownOrder>(
    `SELECT o.id, a.out_order_no AS "outOrderNo", a.pay_order_no AS "payOrderNo", a.merchant_no AS "merchantNo",
       a.amount::int AS "amountFen"
     FROM payment_orders o JOIN gateway_attempts a ON a.payment_order_id = o.id
     WHERE o.status = 'processing' AND a.state = 'payable' AND starts_with(o.merchant_order_id, $1)`,
    [prefix],
  );
  return rows;
}

function commitsOf(place: Workplace): CommitsJob {
  const { controlUrl, stack } = place;
  const databaseUrl = urlForRole(controlUrl, 'loomi_api');
  return { kind: 'commits', perSecond: RATE, ...spanOf(place), databaseUrl, connections: POOL_SIZE, redisUrl: stack.redisUrl };
}
