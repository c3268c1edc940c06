import type { Line } from '../judge.ts';
import { MemoryWatch } from '../memory-watch.ts';
import type { Row } from '../row.ts';
import { lifecyclesFor, wholeService } from '../whole-service.ts';
import type { Workplace } from '../workplace.ts';

const NAME = 'memory';
/** The control is taken when a tenth of the time is over: after the first of ten minutes, when all code is compiled. */
const SHARE_BEFORE = 0.1;
/** Each figure is the median of so long, or of half of what went before where that is shorter. */
const LONGEST_LOOK_SECONDS = 30;
/** What is kept for ever, be it a hundred bytes an order, shows in ten minutes; a heap that settles takes a few per cent. */
const FLAT = 1.1;
const MOST_MIB = 200;

export const MEMORY: Row = {
  name: NAME,
  compares: 'memory of API and processor at the end of ten minutes of full load : the same after one minute',
  stack: wholeService(1),
  isSlow: true,
  measure: async (place) => {
    const seconds = place.options.minutes * 60;
    const watches = { api: watch(place, 'apis'), processor: watch(place, 'processors') };
    const { perSecond, count } = await lifecyclesFor(place, seconds);
    await Promise.all(Object.values(watches).map((one) => one.stop()));
    place.say(`    ${count} lifecycles, ${perSecond.toFixed(1)} a second`);
    return Object.entries(watches).map(([name, one]) => lineOf(`${NAME}-${name}`, one, seconds));
  },
};

function watch({ stack }: Workplace, deployable: 'apis' | 'processors'): MemoryWatch {
  const [replica] = stack[deployable];
  if (replica === undefined) throw new Error(`there are no ${deployable}`);
  return new MemoryWatch(replica.service.pid);
}

function lineOf(name: string, watched: MemoryWatch, seconds: number): Line {
  const before = seconds * SHARE_BEFORE;
  const look = Math.min(LONGEST_LOOK_SECONDS, before / 2);
  return {
    name,
    unit: 'MiB',
    goal: { rule: 'at most', ratio: FLAT, most: MOST_MIB },
    product: [watched.between(seconds - look, seconds)],
    control: [watched.between(before - look, before)],
  };
}
