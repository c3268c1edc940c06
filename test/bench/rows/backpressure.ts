import type { Line } from '../judge.ts';
import type { ClosedJob, Measurement, Overload, OverloadJob, Span } from '../load/jobs.ts';
import { CONNECTIONS, newCreates, platformKeyFile, spanOf, TRIAL_SPAN } from '../loads.ts';
import { checkBooks } from '../overload-books.ts';
import { API_ALONE, type Row } from '../row.ts';
import { figure } from '../table.ts';
import { inTurn, type Turns } from '../turns.ts';
import type { Workplace } from '../workplace.ts';

const NAME = 'backpressure';
const TIMES_ITS_CAPACITY = 2;
/** With more that wait it takes more in one statement: where so few are refused, more is offered. */
const LEAST_REFUSED = 0.2;
const MORE = 1.5;
const MOST_TRIALS = 5;
/** As many as are paid in a busy shop while others try to order. */
const NOTIFICATIONS_PER_SECOND = 20;

export const BACKPRESSURE: Row = {
  name: NAME,
  compares: `creates accepted while ${TIMES_ITS_CAPACITY} times as many are offered as can be : while ${CONNECTIONS} connections take turns`,
  stack: API_ALONE,
  measure: async (place) => {
    const capacity = (): Promise<Measurement> => place.load.run(closedJob(place, spanOf(place)));
    // As long as it takes Node to compile what is hot.
    await capacity();
    const offered = await tooMany(place, Math.floor(TIMES_ITS_CAPACITY * (await capacity()).perSecond));
    const refusals: Measurement[] = [];
    const product = async (): Promise<Measurement> => {
      const { accepted, refused } = await overload(place, offered, spanOf(place));
      if (refused === null) throw new Error('nothing was refused');
      refusals.push(refused);
      return accepted;
    };
    const turns = await inTurn(place, product, capacity);
    return linesOf(turns, refusals);
  },
};

/** A rate of which a good part has to be refused. */
async function tooMany(place: Workplace, twice: number): Promise<number> {
  let perSecond = twice;
  for (let trial = 0; trial < MOST_TRIALS; trial += 1) {
    const { accepted, refused } = await overload(place, perSecond, TRIAL_SPAN);
    if (refused && refused.count / (refused.count + accepted.count) >= LEAST_REFUSED) return perSecond;
    perSecond = Math.floor(perSecond * MORE);
  }
  throw new Error(`${perSecond} creates a second are too many for the load generator, not for the API`);
}

function linesOf({ product: accepted, control }: Turns<Measurement>, refused: readonly Measurement[]): Line[] {
  const p99 = ({ p99Ms }: Measurement): number => p99Ms;
  const rate = ({ perSecond }: Measurement): number => perSecond;
  return [
    { name: `${NAME}-rate`, unit: '/s', goal: { rule: 'at least', ratio: 0.75 }, product: accepted.map(rate), control: control.map(rate) },
    { name: `${NAME}-p99`, unit: 'ms', goal: { rule: 'within', ms: 250 }, product: accepted.map(p99), control: control.map(p99) },
    { name: `${NAME}-refused-p99`, unit: 'ms', goal: { rule: 'within', ms: 100 }, product: refused.map(p99), control: control.map(p99) },
  ];
}

/** Offers too much for a while, and looks that nothing was lost by it. */
async function overload(place: Workplace, perSecond: number, span: Span): Promise<Overload> {
  const { stack, caller, load } = place;
  const prefix = place.newPrefix();
  const job: OverloadJob = {
    kind: 'overload',
    url: stack.baseUrl,
    caller,
    prefix,
    perSecond,
    ...span,
    keyFile: platformKeyFile(place),
    notificationsPerSecond: NOTIFICATIONS_PER_SECOND,
  };
  const before = processOf(place);
  const came = await load.run(job);
  const { accepted, refused, notifications } = came;
  place.say(`    of ${perSecond} a second accepted ${shown(accepted)}; refused ${shown(refused)}; notifications ${shown(notifications)}`);
  // At once: whoever comes first after the storm is served as if there had been none.
  const after = await load.run({ ...closedJob(place, { warmSeconds: 0, seconds: 1 }), connections: 1 });
  place.say(`    right after it ${shown(after)}`);
  if (processOf(place) !== before) throw new Error('the API was started again');
  await checkBooks(stack.databaseUrl, prefix, came);
  return came;
}

function closedJob(place: Workplace, span: Span): ClosedJob {
  return { kind: 'closed', urls: [place.stack.baseUrl], connections: CONNECTIONS, ...span, requests: newCreates(place) };
}

function processOf({ stack }: Workplace): number | undefined {
  return stack.apis[0]?.service.pid;
}

function shown(measurement: Measurement | null): string {
  if (measurement === null) return 'none';
  const { perSecond, p50Ms, p99Ms } = measurement;
  return `${figure(perSecond, '/s')} in ${figure(p50Ms)} and ${figure(p99Ms, 'ms')}`;
}
