import type { Row } from '../row.ts';
import { inTurn } from '../turns.ts';
import { lifecycleRate, warmUp, wholeService } from '../whole-service.ts';
import type { Workplace } from '../workplace.ts';

const NAME = 'replicas';

export const REPLICAS: Row = {
  name: NAME,
  compares: 'lifecycles a second of two APIs and two processors : of one each',
  stack: wholeService(2),
  measure: async (place) => {
    const both = place.stack.apis.map(({ url }) => url);
    await warmUp(place);
    const turns = await inTurn(
      place,
      async () => {
        await setSecond(place, 'start');
        await warmUp(place);
        return lifecycleRate(place, both);
      },
      async () => {
        await setSecond(place, 'stop');
        return lifecycleRate(place, both.slice(0, 1));
      },
    );
    return [{ name: NAME, unit: '/s', goal: { rule: 'at least', ratio: 1 }, ...turns }];
  },
};

async function setSecond({ stack }: Workplace, act: 'start' | 'stop'): Promise<void> {
  const seconds = [stack.apis[1]?.service, stack.processors[1]?.service].filter((service) => service !== undefined);
  await Promise.all(seconds.filter(({ isRunning }) => isRunning === (act === 'stop')).map((service) => service[act]()));
}
