import { join } from 'node:path';
import type { ClosedJob, OpenJob, Requests, Span } from './load/jobs.ts';
import type { Workplace } from './workplace.ts';

export const CONNECTIONS = 32;
/** At a fixed rate more of them wait for slow answers. */
const OPEN_CONNECTIONS = 64;
/** Node compiles what is hot within the first seconds of load. */
const WARM_SECONDS = 2;
const SHORT_WARM_SECONDS = 1;
/** A trial only has to tell good pool sizes from bad ones. */
export const TRIAL_SPAN: Span = { warmSeconds: SHORT_WARM_SECONDS, seconds: 3 };

/** How long a measurement takes; a short run has a short warm-up. */
export function spanOf({ options: { seconds } }: Workplace): Span {
  return { warmSeconds: Math.min(WARM_SECONDS, Math.max(SHORT_WARM_SECONDS, seconds / 2)), seconds };
}

/** Of the load, how many a second come to their end. */
export async function rateOf(place: Workplace, url: string, requests: Requests): Promise<number> {
  const job: ClosedJob = { kind: 'closed', urls: [url], connections: CONNECTIONS, ...spanOf(place), requests };
  return (await place.load.run(job)).perSecond;
}

/** As {@link rateOf}, for as long as it takes to see whether a pool size suits. */
export async function trialRateOf(place: Workplace, url: string, requests: Requests): Promise<number> {
  const job: ClosedJob = { kind: 'closed', urls: [url], connections: CONNECTIONS, ...TRIAL_SPAN, requests };
  return (await place.load.run(job)).perSecond;
}

/** What so many a second wait for their answers. */
export async function p99Of(place: Workplace, url: string, perSecond: number, requests: Requests): Promise<number> {
  const job: OpenJob = { kind: 'open', url, connections: OPEN_CONNECTIONS, perSecond, ...spanOf(place), requests };
  return (await place.load.run(job)).p99Ms;
}

export function newCreates({ caller, newPrefix }: Workplace): Requests {
  return { what: 'creates', caller, prefix: newPrefix() };
}

/** The key by which the sandbox signs as Lakala. */
export function platformKeyFile({ stack }: Workplace): string {
  return join(stack.sandbox.folder, 'platform-private-key.pem');
}

export function platformCertificateFile({ stack }: Workplace): string {
  return join(stack.sandbox.folder, 'platform-certificate.pem');
}
