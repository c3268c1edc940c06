import { checkpoint, type Workplace } from './workplace.ts';

/** Figures by name, a list for each: one figure a turn. */
export interface Turns<Figures> {
  product: Figures[];
  control: Figures[];
}

/** Measures product and control in turn, A B A B, so that whatever changes on the machine meanwhile meets both. */
export async function inTurn<Figures>(
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

function shown(figures: readonly unknown[]): string {
  const round = (_name: string, value: unknown): unknown => (typeof value === 'number' ? Number(value.toPrecision(4)) : value);
  return JSON.stringify(figures.at(-1), round).replaceAll('"', '');
}
