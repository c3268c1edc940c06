import type { Row } from '../row.ts';
import { inTurn } from '../turns.ts';
import { costAtRate, costOfALifecycle, lifecycleRate, merchantKeyFile, warmUp, wholeService } from '../whole-service.ts';

const NAME = 'lifecycles';
/** Our request for the page, Lakala's answer with it, Lakala's notification. */
const SIGNATURES = 3;
/** Beside the most there can be, for what a capacity is reckoned from (docs/performance.md). */
const STEADY_RATES = [25, 75];

export const LIFECYCLES: Row = {
  name: NAME,
  compares: `create, page, paid, notified, event read, a second : RSA signatures a second of one processor, by ${SIGNATURES}`,
  stack: wholeService(1),
  measure: async (place) => {
    const { seconds } = place.options;
    const signatures = { kind: 'signatures', keyFile: merchantKeyFile(place), seconds } as const;
    await warmUp(place);
    const turns = await inTurn(
      place,
      () => lifecycleRate(place, [place.stack.baseUrl]),
      async () => (await place.load.run(signatures)).perSecond / SIGNATURES,
    );
    place.say(`    each costs ${await costOfALifecycle(place)}`);
    for (const rate of STEADY_RATES) place.say(`    at ${rate} a second ${await costAtRate(place, rate)}`);
    return [{ name: NAME, unit: '/s', goal: { rule: 'at least', ratio: 0.5 }, ...turns }];
  },
};
