import type { Measurement } from './load/jobs.ts';
import { figure } from './table.ts';
import { checkpoint, type Workplace } from './workplace.ts';

/** What each side gave, turn by turn. */
export interface Turns<Figures> {
  product: Figures[];
  control: Figures[];
}

/** Measures product and control in turn, A B A B, so that whatever changes on the machine meanwhile meets both. */
export async function inTurn<Figures extends number | Measurement>(
  place: Workplace,
  product: () => Promise<Figures>,
  control: () => Promise<Figures>,
): Promise<Turns<Figures>> {
  const turns: Turns<Figures> = { product: [], control: [] };
  for (let pair = 1; pair <= place.options.pairs; pair += 1) {
    await checkpoint(place);
    turns.product.push(await product());
    await checkpoint(place);
    turns.control.push(await control());
    place.say(`    pair ${pair} of ${place.options.pairs}: ${shown(turns.product)} : ${shown(turns.control)}`);
  }
  return turns;
}

function shown(figures: readonly (number | Measurement)[]): string {
  const last = figures.at(-1) ?? NaN;
  return typeof last === 'number' ? figure(last) : `${figure(last.p50Ms)} and ${figure(last.p99Ms, 'ms')}`;
}
