import { withBestControl } from '../control-server.ts';
import { newCreates, p99Of, rateOf, trialRateOf } from '../loads.ts';
import { API_ALONE, type Row } from '../row.ts';
import { inTurn } from '../turns.ts';
import { POOL_SIZES } from './create.ts';

/** At the top rate a queue would be measured, and not a service. */
const SHARE_OF_TOP = 0.5;
const NAME = 'create-p99';

export const CREATE_P99: Row = {
  name: NAME,
  compares: 'p99 of a create at half of the control\'s top rate : the same of bare Fastify with one prepared INSERT each',
  stack: API_ALONE,
  measure: (place) =>
    withBestControl(
      place,
      { name: 'bare-create', poolSizes: POOL_SIZES },
      (url) => trialRateOf(place, url, newCreates(place)),
      async (url) => {
        const perSecond = Math.floor(SHARE_OF_TOP * (await rateOf(place, url, newCreates(place))));
        place.say(`    at ${perSecond} orders a second`);
        const p99 = (of: string): Promise<number> => p99Of(place, of, perSecond, newCreates(place));
        const turns = await inTurn(place, () => p99(place.stack.baseUrl), () => p99(url));
        return [{ name: NAME, unit: 'ms', goal: { rule: 'at most', ratio: 1 }, ...turns }];
      },
    ),
};
