import type { Row } from '../row.ts';
import { inTurn } from '../turns.ts';
import { costOfALifecycle, lifecycleRate, merchantKeyFile, wholeService } from '../whole-service.ts';

const NAME = 'lifecycles';
/** Our request for the page, Lakala's answer with it, Lakala's notification. */
const SIGNATURES = 3;

export const LIFECYCLES: Row = {
  name: NAME,
  compares: `create, page, paid, notified, event read, a second : RSA signatures a second of one processor, by ${SIGNATURES}`,
  stack: wholeService(1),
  measure: async (place) => {
    const { seconds } = place.options;
    const signatures = { kind: 'signatures', keyFile: merchantKeyFile(place), seconds } as const;
    const turns = await inTurn(
      place,
      () => lifecycleRate(place, [place.stack.baseUrl]),
      async () => (await place.load.run(signatures)).perSecond / SIGNATURES,
    );
    place.say(`    each costs ${await costOfALifecycle(place)}`);
    return [{ name: NAME, unit: '/s', goal: { rule: 'at least', ratio: 0.5 }, ...turns }];
  },
};
