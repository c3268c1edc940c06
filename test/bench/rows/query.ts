import { withBestControl } from '../control-server.ts';
import type { Requests } from '../load/jobs.ts';
import { rateOf, trialRateOf } from '../loads.ts';
import { API_ALONE, type Row } from '../row.ts';
import { execute } from '../../stack/databases.ts';
import { inTurn } from '../turns.ts';
import type { Workplace } from '../workplace.ts';
import { POOL_SIZES } from './create.ts';

const NAME = 'query';
const ORDERS = 50_000;

export const QUERY: Row = {
  name: NAME,
  compares: 'GET by the merchant\'s order number, requests a second : the same by bare Fastify with one prepared SELECT',
  stack: API_ALONE,
  measure: async (place) => {
    const prefix = place.newPrefix();
    await Promise.all([place.stack.databaseUrl, place.controlUrl].map((url) => fill(url, place, prefix)));
    const requests: Requests = { what: 'queries', caller: place.caller, prefix, count: ORDERS };
    const trial = (url: string): Promise<number> => trialRateOf(place, url, requests);
    return withBestControl(place, { name: 'bare-query', poolSizes: POOL_SIZES }, trial, async (url) => {
      const rate = (of: string): Promise<number> => rateOf(place, of, requests);
      const turns = await inTurn(place, () => rate(place.stack.baseUrl), () => rate(url));
      return [{ name: NAME, unit: '/s', goal: { rule: 'at least', ratio: 0.7 }, ...turns }];
    });
  },
};

/** Both sides look among the same orders, in tables that PostgreSQL has seen to. */
async function fill(url: string, { caller }: Workplace, prefix: string): Promise<void> {
  await execute(
    url,
    `INSERT INTO payment_orders (id, app_id, merchant_order_id, order_type, amount, subject, extra_data, expires_in, expires_at)
     SELECT uuidv7(), '${caller.appId}', '${prefix}' || lpad(n::text, 8, '0'), 'payment', 1250, 'Two tickets',
       '{"return_url": "https://shop.example/thanks"}', 3600, loomi_now() + interval '1 hour'
     FROM generate_series(0, ${ORDERS - 1}) n`,
  );
  await execute(url, 'VACUUM ANALYZE payment_orders');
}
