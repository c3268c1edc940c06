import { withBestControl } from '../control-server.ts';
import { newCreates, rateOf, trialRateOf } from '../loads.ts';
import { API_ALONE, type Row } from '../row.ts';
import { inTurn } from '../turns.ts';
import type { Workplace } from '../workplace.ts';

/** Beyond these more connections only take turns on the same processors. */
export const POOL_SIZES = [8, 16, 32] as const;
/** One group at a time is what the pattern is; more may overlap one group's commit with the next one's work. */
const GROUPED_POOL_SIZES = [1, 2, 4] as const;

const rate = (place: Workplace) => (url: string) => rateOf(place, url, newCreates(place));
const trial = (place: Workplace) => (url: string) => trialRateOf(place, url, newCreates(place));

function createAgainst(name: string, control: { name: string; poolSizes: readonly number[] }, ratio: number, compares: string): Row {
  return {
    name,
    compares,
    stack: API_ALONE,
    measure: (place) =>
      withBestControl(place, control, trial(place), async (url) => {
        const measure = rate(place);
        const turns = await inTurn(place, () => measure(place.stack.baseUrl), () => measure(url));
        return [{ name, unit: '/s', goal: { rule: 'at least', ratio }, ...turns }];
      }),
  };
}

export const CREATE = createAgainst(
  'create',
  { name: 'bare-create', poolSizes: POOL_SIZES },
  1.5,
  'orders accepted a second at 32 connections : the same by bare Fastify with one prepared INSERT each',
);

export const CREATE_GROUPED = createAgainst(
  'create-grouped',
  { name: 'bare-grouped', poolSizes: GROUPED_POOL_SIZES },
  0.6,
  'orders accepted a second at 32 connections : the same by bare Fastify with grouped INSERTs',
);
