import { join } from 'node:path';
import type { StackOptions } from '../stack/stack.ts';
import { costOfEach, costSoFar } from './cost-by-part.ts';
import type { LifecyclesJob, Measurement } from './load/jobs.ts';
import { spanOf } from './loads.ts';
import type { Workplace } from './workplace.ts';

/** Far beyond what two processors can do: what Lakala allows is not what is measured. */
const NO_BUDGET: NodeJS.ProcessEnv = { LAKALA_MAX_CALLS_PER_SECOND: '10000' };
/** So many that steps come together; of twice as many none would be done sooner. */
const CUSTOMERS = 128;

/** Node compiles the whole of a lifecycle within so long; a service that is measured has run for days. */
const WARM_UP_SECONDS = 12;

/** API and processor as they are deployed, so many of each, without a limit to the calls. */
export function wholeService(replicas: number): StackOptions {
  return { replicas: { api: replicas, processor: replicas }, env: NO_BUDGET };
}

/** Where an app, its payers and Lakala meet. */
export function meetingPlace({ stack, caller, newPrefix }: Workplace): Pick<LifecyclesJob, 'lakalaUrl' | 'redisUrl' | 'caller' | 'prefix'> {
  return { lakalaUrl: stack.sandbox.url, redisUrl: stack.redisUrl, caller, prefix: newPrefix() };
}

/** Whole lifecycles a second by these APIs. */
export async function lifecycleRate(place: Workplace, urls: readonly string[]): Promise<number> {
  const job: LifecyclesJob = { kind: 'lifecycles', urls, customers: CUSTOMERS, ...spanOf(place), ...meetingPlace(place) };
  return (await place.load.run(job)).perSecond;
}

/** As many lifecycles as can be, for so long, by the first API. */
export function lifecyclesFor(place: Workplace, seconds: number): Promise<Measurement> {
  const urls = [place.stack.baseUrl];
  return place.load.run({ kind: 'lifecycles', urls, customers: CUSTOMERS, warmSeconds: 0, seconds, ...meetingPlace(place) });
}

/** Has processes that began a moment ago run as they will for the rest of their lives. */
export async function warmUp(place: Workplace): Promise<void> {
  const urls = place.stack.apis.filter(({ service }) => service.isRunning).map(({ url }) => url);
  await place.load.run({ kind: 'lifecycles', urls, customers: CUSTOMERS, warmSeconds: 0, seconds: WARM_UP_SECONDS, ...meetingPlace(place) });
}

/** What one lifecycle costs each part while as many live as can, in words. */
export async function costOfALifecycle(place: Workplace): Promise<string> {
  const { stack, options } = place;
  const before = await costSoFar(stack);
  const { count } = await lifecyclesFor(place, options.seconds);
  return costOfEach(before, await costSoFar(stack), count);
}

/** What one costs each part at a steady rate, in words. */
export async function costAtRate(place: Workplace, perSecond: number): Promise<string> {
  const { stack, options, load } = place;
  const job = { kind: 'steady-lifecycles', urls: [stack.baseUrl], perSecond, warmSeconds: 0, seconds: options.seconds, ...meetingPlace(place) } as const;
  const before = await costSoFar(stack);
  const { count } = await load.run(job);
  return costOfEach(before, await costSoFar(stack), count);
}

/** The key by which the merchant, we, signs. */
export function merchantKeyFile({ stack }: Workplace): string {
  return join(stack.sandbox.folder, 'merchant-private-key.pem');
}
